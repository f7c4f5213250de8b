// Package rule holds the rules of a policy that look at a request and nothing else: where its page lies ([Referers]), whence
// it comes ([Addresses], [Countries]), what it says it is ([Agents]), and how often it comes ([Limiter]).
//
// Rules are compiled from lists of patterns, which is when mistakes are reported, all at once. Then they never change and may
// be used by many goroutines at once; a check allocates nothing, and takes a time that hardly depends on the length of
// the lists. In each an entry of the deny list outweighs the allow list, and an empty allow list allows whatever is not
// denied.
//
// The first two headers are what browsers say on behalf of a page, which keeps other sites from embedding what is not
// theirs. Whoever writes a program sends what they like, so these rules are no substitute for credentials.
package rule
