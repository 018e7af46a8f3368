package audio

// G.722 at 64 kbit/s (mode 1): the two bands of the quadrature mirror filter are coded by ADPCM, the lower one with 6 bits a sample and the upper one with 2. Names
// of blocks and variables are those of ITU-T G.722 §3 and §4, whose integer arithmetic this follows to the bit: encoder and decoder have to
// adapt alike.

// G722Encoder codes linear audio at 16 kHz. It remembers what came before: one encoder a stream.
type G722Encoder struct {
	bands     BandSplitter
	low, high predictor
}

// NewG722Encoder makes an encoder at the start of a stream.
func NewG722Encoder() *G722Encoder {
	e := &G722Encoder{}
	e.low.det, e.high.det = g722LowStart, g722HighStart
	return e
}

// Encode makes one byte of two samples, min(len(dst), len(src)/2) bytes: 320 samples, which are 20 ms, become 160 bytes.
func (e *G722Encoder) Encode(dst []byte, src []int16) {
	for i := range min(len(dst), len(src)/2) {
		xl, xh := e.bands.pair(src[2*i], src[2*i+1])
		low := quantizeLow(saturate(xl>>14-e.low.s), e.low.det)
		e.low.adaptLow(low >> 2)
		high := quantizeHigh(saturate(xh>>14-e.high.s), e.high.det)
		e.high.adaptHigh(high)
		dst[i] = byte(high<<6 | low)
	}
}

// G722Decoder decodes to linear audio at 16 kHz. It remembers what came before: one decoder a stream.
type G722Decoder struct {
	bands     BandJoiner
	low, high predictor
}

// NewG722Decoder makes a decoder at the start of a stream.
func NewG722Decoder() *G722Decoder {
	d := &G722Decoder{}
	d.low.det, d.high.det = g722LowStart, g722HighStart
	return d
}

// Decode makes two samples of each byte, of min(len(src), len(dst)/2) bytes. Any bytes are a valid stream.
func (d *G722Decoder) Decode(dst []int16, src []byte) {
	for i := range min(len(src), len(dst)/2) {
		low, high := int(src[i]&0x3f), int(src[i]>>6)
		rl := limit15(d.low.s + d.low.det*g722Low6[low]>>15)
		d.low.adaptLow(low >> 2)
		rh := limit15(d.high.s + d.high.det*g722High2[high]>>15)
		d.high.adaptHigh(high)
		first, second := d.bands.pair(rl, rh)
		dst[2*i], dst[2*i+1] = clip(first>>11), clip(second>>11)
	}
}

// The scale factors with which both sides begin.
const (
	g722LowStart  = 32
	g722HighStart = 8
)

var (
	// Decision levels of the 6-bit quantizer (Q6) and the codes of the intervals between them, for a negative and for a positive difference.
	g722Levels = [...]int{
		0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1023, 1121, 1219, 1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919,
	}
	// Output levels of the inverse quantizers of 6, 4 and 2 bits (QQ6, QQ4, QQ2), by code.
	g722Low6 = [64]int{
		-136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232, -9360, -8576, -7856,
		-7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776, -2400, -2032, -1688, -1360, -1040, -728,
		24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456,
		4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136, -432, -136,
	}
	g722Low4  = [16]int{0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584, 1200, 0}
	g722High2 = [4]int{-7408, -1616, 7408, 1616}
	// Logarithmic scale factor multipliers (WL, WH), by code.
	g722LowStep  = [16]int{-60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60}
	g722HighStep = [4]int{798, -214, 798, -214}
	// The antilogarithm of the scale factor (ILB): 2048 times 2^(i/32).
	g722Exponent = [32]int{
		2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834,
		2896, 2960, 3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
	}
)

// quantizeLow is block 1L: the 6-bit code of a difference el.
func quantizeLow(el, det int) int {
	magnitude := el
	if el < 0 {
		magnitude = -el - 1
	}
	interval := 1
	for interval < len(g722Levels) && magnitude >= g722Levels[interval]*det>>12 {
		interval++
	}
	switch {
	case el >= 0:
		return 62 - interval // 61 down to 32
	case interval <= 2:
		return 64 - interval // 63 and 62
	default:
		return 34 - interval // 31 down to 4
	}
}

// quantizeHigh is block 1H: the 2-bit code of a difference eh.
func quantizeHigh(eh, det int) int {
	code, magnitude := 3, eh
	if eh < 0 {
		code, magnitude = 1, -eh-1
	}
	if magnitude >= 564*det>>12 {
		code--
	}
	return code
}

// predictor is the adaptive quantizer and predictor of one band (blocks 2 to 4).
type predictor struct {
	s, sz int    // estimate, and the part of the zero section in it
	nb    int    // logarithmic scale factor
	det   int    // scale factor
	a     [3]int // coefficients of the pole section, 1 and 2
	b     [7]int // coefficients of the zero section, 1 to 6
	r     [3]int // reconstructed signal, newest first
	p     [3]int // partially reconstructed signal
	d     [7]int // quantized difference signal
}

// adaptLow takes over the four upper bits of a code of the lower band.
func (q *predictor) adaptLow(code int) {
	d := q.det * g722Low4[code] >> 15
	q.scale(g722LowStep[code], 18432, 8)
	q.update(d)
}

// adaptHigh takes over a code of the upper band.
func (q *predictor) adaptHigh(code int) {
	d := q.det * g722High2[code] >> 15
	q.scale(g722HighStep[code], 22528, 10)
	q.update(d)
}

// scale is LOGSC and SCALE (blocks 3L and 3H).
func (q *predictor) scale(step, most, shift int) {
	q.nb = max(0, min(most, q.nb*127>>7+step))
	// The shift is up for the largest factors only.
	exponent := g722Exponent[q.nb>>6&31]
	if down := shift - q.nb>>11; down >= 0 {
		exponent >>= down
	} else {
		exponent <<= -down
	}
	q.det = exponent << 2
}

// update is block 4: the next estimate, given the quantized difference.
func (q *predictor) update(d int) {
	q.d[0] = d
	q.r[0] = saturate(q.s + d)
	q.p[0] = saturate(q.sz + d)
	a1, a2 := q.poles()
	q.zeros()
	q.a[1], q.a[2] = a1, a2
	copy(q.d[1:], q.d[:6])
	copy(q.r[1:], q.r[:2])
	copy(q.p[1:], q.p[:2])

	// FILTEP and FILTEZ
	sp := saturate(q.a[1]*saturate(2*q.r[1])>>15 + q.a[2]*saturate(2*q.r[2])>>15)
	q.sz = 0
	for i := 6; i > 0; i-- {
		q.sz += q.b[i] * saturate(2*q.d[i]) >> 15
	}
	q.sz = saturate(q.sz)
	q.s = saturate(sp + q.sz)
}

// poles is UPPOL2 and UPPOL1.
func (q *predictor) poles() (a1, a2 int) {
	same1 := q.p[0] < 0 == (q.p[1] < 0)
	same2 := q.p[0] < 0 == (q.p[2] < 0)
	a2 = saturate(4 * q.a[1])
	if same1 {
		a2 = min(-a2, 32767)
	}
	a2 = a2>>7 - 128
	if same2 {
		a2 += 256
	}
	a2 = max(-12288, min(12288, a2+q.a[2]*32512>>15))

	a1 = -192
	if same1 {
		a1 = 192
	}
	most := 15360 - a2
	return max(-most, min(most, saturate(a1+q.a[1]*32640>>15))), a2
}

// zeros is UPZERO.
func (q *predictor) zeros() {
	step := 128
	if q.d[0] == 0 {
		step = 0
	}
	for i := 1; i < len(q.b); i++ {
		change := step
		if q.d[0] < 0 != (q.d[i] < 0) {
			change = -step
		}
		q.b[i] = saturate(change + q.b[i]*32640>>15)
	}
}

func saturate(v int) int { return int(clip(v)) }

// limit15 is LIMIT: both bands have 15 bits.
func limit15(v int) int { return max(-16384, min(16383, v)) }
