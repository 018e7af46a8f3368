package tenant

import (
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // the hours are somebody's local ones, and a server may have no time zones

	"tandem/internal/fault"
)

// TestUser is a person whom a tenant lets Tandem ring by itself, to see that
// calls still get through, and when. Without one a job never rings anybody.
type TestUser struct {
	Tenant  ID
	OID     string // object id in Entra
	Name    string
	Zone    string // of the hours: a name of the IANA time zone database
	Days    []time.Weekday
	From    Minute // of those days
	Until   Minute // the first one that is too late
	NamedBy string // as in the audit trail, with what he or it was called then
	ByName  string
	NamedAt time.Time
}

// Minute is a time of day, in minutes from midnight.
type Minute int

// ParseMinute reads a time of day as people write it, 09:30; 24:00 is the end of
// the day.
func ParseMinute(s string) (Minute, error) {
	var h, m int
	if _, err := fmt.Sscanf(s, "%02d:%02d", &h, &m); err != nil || Minute(h*60+m).String() != s || h < 0 || m > 59 || h*60+m > 24*60 {
		return 0, fault.Invalid("time_of_day_invalid", "a time of day is written with two digits each: 09:30")
	}
	return Minute(h*60 + m), nil
}

func (m Minute) String() string { return fmt.Sprintf("%02d:%02d", m/60, m%60) }

// Checked is the test user in its usual form, or says what is wrong with the hours.
func (u TestUser) Checked() (TestUser, error) {
	var p fault.Problems
	if _, err := time.LoadLocation(u.Zone); err != nil || u.Zone == "" || strings.EqualFold(u.Zone, "local") {
		p.Add("zone", "must be a name of the IANA time zone database, as Europe/Madrid")
	}
	u.Days = slices.Clone(u.Days)
	slices.Sort(u.Days)
	u.Days = slices.Compact(u.Days)
	if len(u.Days) == 0 || u.Days[0] < time.Sunday || u.Days[len(u.Days)-1] > time.Saturday {
		p.Add("days", "must name a day of the week at least")
	}
	if u.From < 0 || u.Until > 24*60 || u.From >= u.Until {
		p.Add("until", "must be later than from, on the same day")
	}
	return u, p.Err("test_user_invalid", "the hours are not valid")
}

// Next is the first moment, not before at, at which the person may be rung; zero
// if there is none.
func (u TestUser) Next(at time.Time) time.Time {
	zone, err := time.LoadLocation(u.Zone)
	if err != nil {
		return time.Time{}
	}
	year, month, day := at.In(zone).Date()
	for n := range 9 { // a week, and a day whose hours the change of the clocks may have eaten
		moment := func(m Minute) time.Time { return time.Date(year, month, day+n, 0, int(m), 0, 0, zone) }
		from, until := moment(u.From), moment(u.Until)
		if !at.Before(until) || !from.Before(until) || !slices.Contains(u.Days, time.Date(year, month, day+n, 12, 0, 0, 0, time.UTC).Weekday()) {
			continue
		}
		if at.After(from) {
			return at
		}
		return from
	}
	return time.Time{}
}
