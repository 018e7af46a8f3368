package audio

import (
	"math"
	"math/bits"
	"math/cmplx"
)

// crossCorrelate returns, for each offset d from 1-len(a) to len(b)-1, the sum over i of a[i]*b[i+d], at index d+len(a)-1.
func crossCorrelate(a, b []int16) []float64 {
	wanted := len(a) + len(b) - 1
	size := 1 << bits.Len(uint(wanted-1))
	// Both signals are real, so one transform of a+jb serves for both.
	z := make([]complex128, size)
	for i, s := range a {
		z[i] = complex(float64(s), 0)
	}
	for i, s := range b {
		z[i] += complex(0, float64(s))
	}
	roots := rootsOfUnity(size)
	transform(z, roots)
	product := make([]complex128, size)
	for k := range z {
		x, y := z[k], cmplx.Conj(z[(size-k)&(size-1)])
		spectrumA := (x + y) / 2
		spectrumB := (x - y) / 2i
		// The inverse transform is the forward one on the conjugate; the product is conjugated here, the real result needs no more.
		product[k] = spectrumA * cmplx.Conj(spectrumB)
	}
	transform(product, roots)
	out := make([]float64, wanted)
	for i := range out {
		d := i - (len(a) - 1)
		out[i] = real(product[d&(size-1)]) / float64(size)
	}
	return out
}

func rootsOfUnity(size int) []complex128 {
	roots := make([]complex128, size/2)
	for k := range roots {
		sin, cos := math.Sincos(-2 * math.Pi * float64(k) / float64(size))
		roots[k] = complex(cos, sin)
	}
	return roots
}

// transform is the radix-2 Fourier transform in place; len(z) is a power of two and len(roots) half of it.
func transform(z, roots []complex128) {
	n := len(z)
	if n < 2 {
		return
	}
	shift := bits.UintSize - bits.Len(uint(n-1))
	for i := range z {
		if j := int(bits.Reverse(uint(i)) >> shift); j > i {
			z[i], z[j] = z[j], z[i]
		}
	}
	for half := 1; half < n; half *= 2 {
		stride := n / (2 * half)
		for start := 0; start < n; start += 2 * half {
			for k := range half {
				t := roots[k*stride] * z[start+half+k]
				z[start+half+k] = z[start+k] - t
				z[start+k] += t
			}
		}
	}
}
