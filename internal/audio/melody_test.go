package audio

import "testing"

func TestMelody(t *testing.T) {
	m := Melody(8000)
	if d := m.Duration().Seconds(); d < 10 || d > 30 {
		t.Errorf("it lasts %v s", d)
	}
	loudest := int16(0)
	for _, s := range m.Samples {
		loudest = max(loudest, s, -s)
	}
	if loudest < 1000 || loudest > 3300 {
		t.Errorf("its loudest sample is %d, want something quiet", loudest)
	}
	if first, last := m.Samples[0], m.Samples[len(m.Samples)-1]; first != 0 || last > 20 || last < -20 {
		t.Errorf("from %d to %d: that clicks when it begins anew", last, first)
	}
}
