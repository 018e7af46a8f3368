package audio

// Bias and clip level of ITU-T G.711 µ-law on a 16-bit scale.
const (
	ulawBias = 0x84
	ulawClip = 32635
)

// Decoding tables; 256 entries each, filled once and never changed.
var (
	ulawTable = decodeTable(ulawDecode)
	alawTable = decodeTable(alawDecode)
)

func decodeTable(decode func(byte) int16) *[256]int16 {
	var table [256]int16
	for i := range table {
		table[i] = decode(byte(i))
	}
	return &table
}

// ULawToLinear decodes G.711 µ-law. It converts min(len(dst), len(src)) samples.
func ULawToLinear(dst []int16, src []byte) {
	for i := range min(len(dst), len(src)) {
		dst[i] = ulawTable[src[i]]
	}
}

// ALawToLinear decodes G.711 A-law. It converts min(len(dst), len(src)) samples.
func ALawToLinear(dst []int16, src []byte) {
	for i := range min(len(dst), len(src)) {
		dst[i] = alawTable[src[i]]
	}
}

// LinearToULaw encodes G.711 µ-law. It converts min(len(dst), len(src)) samples.
func LinearToULaw(dst []byte, src []int16) {
	for i := range min(len(dst), len(src)) {
		dst[i] = ulawEncode(src[i])
	}
}

// LinearToALaw encodes G.711 A-law. It converts min(len(dst), len(src)) samples.
func LinearToALaw(dst []byte, src []int16) {
	for i := range min(len(dst), len(src)) {
		dst[i] = alawEncode(src[i])
	}
}

func ulawDecode(code byte) int16 {
	code = ^code
	magnitude := (int(code&0x0f)<<3 + ulawBias) << (code >> 4 & 7)
	magnitude -= ulawBias
	if code&0x80 != 0 {
		return int16(-magnitude)
	}
	return int16(magnitude)
}

func ulawEncode(sample int16) byte {
	magnitude, sign := int(sample), byte(0)
	if magnitude < 0 {
		magnitude, sign = -magnitude, 0x80
	}
	magnitude = min(magnitude, ulawClip) + ulawBias
	segment := 7
	for bit := 0x4000; segment > 0 && magnitude&bit == 0; bit >>= 1 {
		segment--
	}
	mantissa := byte(magnitude>>(segment+3)) & 0x0f
	return ^(sign | byte(segment)<<4 | mantissa)
}

// alawToggle inverts every second bit, as the line format of A-law demands.
const alawToggle = 0x55

func alawDecode(code byte) int16 {
	code ^= alawToggle
	magnitude := int(code&0x0f)<<4 + 8
	if segment := code >> 4 & 7; segment > 0 {
		magnitude = (magnitude + 0x100) << (segment - 1)
	}
	if code&0x80 == 0 {
		return int16(-magnitude)
	}
	return int16(magnitude)
}

func alawEncode(sample int16) byte {
	magnitude, sign := int(sample), byte(0x80)
	if magnitude < 0 {
		magnitude, sign = -magnitude-1, 0 // the decision value -1 belongs to the smallest negative step
	}
	if magnitude < 0x100 {
		return (sign | byte(magnitude>>4)) ^ alawToggle
	}
	segment := 7
	for bit := 0x4000; segment > 1 && magnitude&bit == 0; bit >>= 1 {
		segment--
	}
	mantissa := byte(magnitude>>(segment+3)) & 0x0f
	return (sign | byte(segment)<<4 | mantissa) ^ alawToggle
}
