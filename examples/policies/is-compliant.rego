# The older contract: asked once for each vulnerability, with Go's field names.
package policies

default isCompliant = false

not_allowed := ["Critical", "High"]

ignored := ["CVE-2020-7753"]

is_member(list, item) {
	list[_] == item
}

isCompliant {
	is_member(ignored, input.currentVulnerability.Id)
}

isCompliant {
	severities := {rating.Severity | rating := input.currentVulnerability.Ratings.Rating[_]}
	count([severity | severity := severities[_]; is_member(not_allowed, severity)]) == 0
}
