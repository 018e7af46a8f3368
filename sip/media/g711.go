package media

import "tandem/internal/audio"

// lawTable maps each byte of one law of G.711 to the nearest one of the other.
type lawTable [256]byte

// makeLaw makes the table of a conversion.
func makeLaw(decode func([]int16, []byte), encode func([]byte, []int16)) *lawTable {
	var codes lawTable
	for i := range codes {
		codes[i] = byte(i)
	}
	linear := make([]int16, len(codes))
	decode(linear, codes[:])
	encode(codes[:], linear)
	return &codes
}

// laws are the conversions between codecs by from and to; nil: none is needed, or none is possible.
type laws [3][3]*lawTable

func makeLaws() laws {
	var l laws
	l[PCMU][PCMA] = makeLaw(audio.ULawToLinear, audio.LinearToALaw)
	l[PCMA][PCMU] = makeLaw(audio.ALawToLinear, audio.LinearToULaw)
	return l
}

// convert rewrites a payload where it stands.
func (t *lawTable) convert(payload []byte) {
	for i, code := range payload {
		payload[i] = t[code]
	}
}
