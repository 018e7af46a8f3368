// Package proof is a document about a trunk: that it behaves as Microsoft and carriers
// need it. A provider makes it of a node of his, and hands it to whoever has to believe
// him, who needs neither an account nor this program's word: it is signed, and the keys
// are public.
//
// # Two ways of showing
//
// What a check says was seen in one of two ways, and each check names its own
// ([Way]). Live is the running edge: what it shows to the world, and what it has counted
// of the real Microsoft. Bench is an edge that is started for the proof alone, with the
// trunk's name, certificate and settings, between a telephone and a Microsoft that the proof brings
// (package bench): nobody can have the real one ask for a transfer, or fall silent, on
// demand. A bench proves this program with this configuration; it proves nothing about the
// network between the trunk and Microsoft, nor about a peer's own equipment.
//
// # What is signed
//
// A report has two forms, JSON and HTML, made from the same data. Each is signed as it
// stands, byte for byte, with Ed25519 (RFC 8032), so that a reader of later years can
// check it without being able to make it again, and no byte can be altered, white space
// included. The signed message is the form's name and the bytes ([Signer]); the rest of a
// file is what [Verify] builds again around them and compares.
//
// The signature says which key it is of. The keys of an installation, with those that were
// retired, are at [WellKnown]; one that is retired signs nothing later than that.
//
// # Decisions
//
//   - Not a signature over a canonical form of the data (RFC 8785): then the HTML, which
//     people read, would be vouched for only by whoever renders it again.
//   - No timestamp authority: At is the installation's clock, as everything in the report
//     is the installation's word. The signature says whose word it is, and that it was not changed since.
package proof
