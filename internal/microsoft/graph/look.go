package graph

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"tandem/internal/onboarding"
)

const (
	batchSize  = 20 // requests in one $batch (facts/entra-graph-teams.md §2.6)
	perPerson  = 2
	lookAtOnce = 4 // batches under way
)

// Service plans by id, never by bundle (facts/entra-graph-teams.md §2.5).
var (
	teamsPlans = []string{
		"57ff2da0-773e-42df-b2af-ffb7a2317929", "304767db-7d23-49e8-a945-4a7eb65f9f28",
		"9953b155-8aef-4c56-92f3-72b0487fce41", "fd500458-c24c-478e-856c-a6067a8376cd",
	}
	phonePlans = []string{
		"4828c8ec-dc2e-4779-b502-87ac9ce28ab7", "db23fce2-a974-42ef-9002-d78dd42a0f22", "ed777b71-af04-42ca-9798-84344c66f7c6",
	}
)

// state says how the best of some plans stands. Warning is the grace time, in
// which all still works.
func (p person) state(of []string) onboarding.Plan {
	if p.Plans == nil {
		return onboarding.PlanUnknown
	}
	for _, a := range *p.Plans {
		if slices.Contains(of, strings.ToLower(a.ID)) && (strings.EqualFold(a.Status, "Enabled") || strings.EqualFold(a.Status, "Warning")) {
			return onboarding.PlanActive
		}
	}
	return onboarding.PlanMissing
}

// configuration is an entry of /admin/teams/userConfigurations.
type configuration struct {
	ID              string    `json:"id"`
	AccountType     string    `json:"accountType"`
	EnterpriseVoice *bool     `json:"isEnterpriseVoiceEnabled"`
	Features        *[]string `json:"featureTypes"`
}

// Look implements onboarding.Directory. Two questions a person go into batches;
// what a batch was too much for is asked again when Graph has time. Presence is one
// question for all.
func (d *Directory) Look(ctx context.Context, entraTenantID string, oids []string, seen func(onboarding.Sight) error) error {
	all := make([]string, 0, len(oids))
	for _, oid := range oids {
		if id := strings.ToLower(oid); guid.MatchString(id) {
			all = append(all, id)
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	present, err := d.presences(ctx, entraTenantID, all)
	if err != nil {
		return err
	}
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(lookAtOnce)
	sights := make(chan []onboarding.Sight)
	told := make(chan error, 1)
	go func() { // one at a time, whoever looked
		defer close(told)
		for some := range sights {
			for _, s := range some {
				if err := seen(s); err != nil {
					told <- err
					return
				}
			}
		}
	}()
	for some := range slices.Chunk(all, batchSize/perPerson) {
		work.Go(func() error {
			found, err := d.lookAt(ctx, entraTenantID, some, present)
			if err != nil {
				return err
			}
			select {
			case sights <- found:
				return nil
			case err := <-told:
				return err
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}
	err = work.Wait()
	close(sights)
	if failed := <-told; failed != nil && err == nil {
		err = failed
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return unavailable.Because(err)
	}
	return err
}

// presences is what Teams says of people.
type presences struct {
	availability map[string]string // by object id in lower case
	problem      string            // why nothing is known; ""
}

// presences asks for as many people at once as Graph allows. That it is not allowed
// at all, or not there in this cloud, is no error.
func (d *Directory) presences(ctx context.Context, entraTenantID string, oids []string) (presences, error) {
	all := presences{availability: map[string]string{}}
	token, err := d.token(ctx, entraTenantID)
	if err != nil {
		return all, err
	}
	for some := range slices.Chunk(oids, maxIDs) {
		var list page[presence]
		f := d.patient(ctx, token, question{
			name: "getPresencesByUserId", method: http.MethodPost, path: "/communications/getPresencesByUserId",
			body: map[string][]string{"ids": some}, permission: "Presence.Read.All",
		}, &list)
		switch {
		case f == nil:
		case f.Status == http.StatusForbidden, f.Status == http.StatusNotFound:
			all.problem = f.Error()
		default:
			return all, f.classified()
		}
		for _, p := range list.Value {
			all.availability[strings.ToLower(p.ID)] = availability(p.Availability)
		}
	}
	return all, nil
}

// lookAt looks at so many people as fit into one batch.
func (d *Directory) lookAt(ctx context.Context, entraTenantID string, oids []string, present presences) ([]onboarding.Sight, error) {
	token, err := d.token(ctx, entraTenantID)
	if err != nil {
		return nil, err
	}
	questions := make([]question, 0, perPerson*len(oids))
	for _, oid := range oids {
		questions = append(questions,
			question{name: "get user", path: "/users/" + oid + "?$select=" + personFields + ",assignedPlans", permission: "User.Read.All"},
			question{name: "get userConfiguration", path: "/admin/teams/userConfigurations/" + oid, permission: "TeamsUserConfiguration.Read.All"})
	}
	answers, err := d.batch(ctx, token, questions)
	if err != nil {
		return nil, err
	}
	sights := make([]onboarding.Sight, 0, len(oids))
	for i, oid := range oids {
		s, err := sight(oid, answers[perPerson*i], answers[perPerson*i+1])
		if err != nil {
			return nil, err
		}
		s.At, s.Presence = d.cfg.Now(), present.availability[oid]
		if present.problem != "" {
			s.Problems = append(s.Problems, present.problem)
		}
		sights = append(sights, s)
	}
	return sights, nil
}

// answer is one of a batch: a body, or a failure.
type answer struct {
	body    json.RawMessage
	failure *Failure
}

// sight puts two answers together. Only what says that nobody is there, or that
// we may not know, is an answer; anything else fails the look.
func sight(oid string, user, config answer) (onboarding.Sight, error) {
	s := onboarding.Sight{Person: onboarding.Person{OID: oid}, Teams: onboarding.PlanUnknown, TeamsPhone: onboarding.PlanUnknown}
	switch f := user.failure; {
	case f == nil:
		var p person
		if err := json.Unmarshal(user.body, &p); err != nil {
			return s, (&Failure{Question: "get user", cause: err}).classified()
		}
		s.Person, s.Found = p.show(), true
		s.OID = oid
		s.Teams, s.TeamsPhone = p.state(teamsPlans), p.state(phonePlans)
	case f.Status == http.StatusNotFound:
		return s, nil
	default:
		return s, f.classified()
	}
	switch f := config.failure; {
	case f == nil:
		var c configuration
		if err := json.Unmarshal(config.body, &c); err != nil {
			return s, (&Failure{Question: "get userConfiguration", cause: err}).classified()
		}
		s.AccountType, s.EnterpriseVoice = c.AccountType, c.EnterpriseVoice
		if c.Features != nil {
			has := slices.Contains(*c.Features, "PhoneSystem")
			s.PhoneSystem = &has
		}
	case f.Status == http.StatusNotFound, f.Status == http.StatusForbidden:
		// Not in every cloud, and not granted by everybody: unknown, and said so.
		s.Problems = append(s.Problems, f.Error())
	default:
		return s, f.classified()
	}
	return s, nil
}

// batched is one request of a $batch, and its answer.
type batched struct {
	ID      string            `json:"id"`
	Method  string            `json:"method,omitempty"`
	URL     string            `json:"url,omitempty"`
	Status  int               `json:"status,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    json.RawMessage   `json:"body,omitempty"`
}

// mostRefusals is how often a 401 inside a batch is taken for one that goes away.
const mostRefusals = 3

// batch puts at most 20 questions in one request, and again those that Graph had
// no time for; each has its own Retry-After.
func (d *Directory) batch(ctx context.Context, token string, questions []question) ([]answer, error) {
	answers := make([]answer, len(questions))
	open := make([]int, len(questions))
	for i := range questions {
		open[i] = i
	}
	for try := 0; len(open) > 0; try++ {
		var body struct {
			Requests []batched `json:"requests"`
		}
		for _, i := range open {
			body.Requests = append(body.Requests, batched{ID: strconv.Itoa(i), Method: http.MethodGet, URL: questions[i].path})
		}
		var got struct {
			Responses []batched `json:"responses"`
		}
		q := question{name: "$batch", method: http.MethodPost, path: "/$batch", body: body, permission: "User.Read.All"}
		if f := d.patient(ctx, token, q, &got); f != nil {
			return nil, f.classified()
		}
		var again []int
		wait := backOff(0, try)
		for _, i := range open {
			j := slices.IndexFunc(got.Responses, func(r batched) bool { return r.ID == strconv.Itoa(i) })
			if j < 0 {
				again = append(again, i)
				continue
			}
			a, after, retry := d.read(questions[i], got.Responses[j])
			if retry && (a.failure.Status != http.StatusUnauthorized || try < mostRefusals) {
				again = append(again, i)
				wait = max(wait, after)
				continue
			}
			answers[i] = a
		}
		if open = again; len(open) > 0 && !pause(ctx, wait) {
			return nil, throttled
		}
	}
	return answers, nil
}

// read takes one answer out of a batch, and says whether to ask again and when.
func (d *Directory) read(q question, r batched) (a answer, after time.Duration, again bool) {
	if r.Status == http.StatusOK {
		return answer{body: r.Body}, 0, false
	}
	h := http.Header{}
	for k, v := range r.Headers {
		h.Set(k, v)
	}
	f := refusal(q, r.Status, h, r.Body, d.cfg.Now())
	switch r.Status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusGatewayTimeout, http.StatusUnauthorized:
		return answer{failure: f}, f.After, true
	}
	return answer{failure: f}, 0, false
}
