# Refuses every vulnerability of the severities listed, but for those that somebody has looked at and accepted.
package main

# What a vulnerability may not be. Spelled as reports spell it: Critical, High, Medium, Low, Negligible,
# UnknownSeverity.
not_allowed := {"Critical", "High"}

# Accepted by id, each with the reason why.
accepted := {
	"CVE-2021-44906", # the parser only ever reads our own build scripts
}

# A report with one component or one rating holds an object, with several an array: both become a set.
as_set(x) = {x} {
	is_object(x)
}

as_set(x) = {e | e := x[_]} {
	is_array(x)
}

severities(vulnerability) = {rating.severity | rating := as_set(vulnerability.ratings.rating)[_]}

deny[message] {
	component := as_set(input.bom.components.component)[_]
	vulnerability := as_set(component.vulnerabilities.vulnerability)[_]
	not accepted[vulnerability.id]
	found := severities(vulnerability) & not_allowed
	count(found) > 0
	message := sprintf("%s %s: %s is %s", [component.name, component.version, vulnerability.id, concat(", ", found)])
}
