// Package secret keeps secrets from being seen: in logs ([String]), in rows
// ([Box]) and where only a comparison is needed ([Token], [Hash]).
//
// # Sealed values
//
// A [Box] seals with AES-256-GCM (NIST SP 800-38D). The output is
//
//	1 | length of key id | key id | 12 bytes nonce | ciphertext and tag
//
// so that it says which key opens it, and keys can be changed one after the
// other: put the new key first in the file, restart, let every row be resealed
// ([Box.Rotate]; a job does it at once and each hour, and its log says how many),
// take the old key out. The context given to Seal is
// authenticated with the value and must be given again to Open; it names the
// row and column, so that a sealed value that was moved to another row does not
// open there.
//
// Nonces are random: 2^32 values under one key are the limit (ibid. §8.3), far
// beyond what an installation ever seals.
package secret
