-- The part of the scanners that reads names as SQL writes them.
-- SPDX-License-Identifier: MIT
--
-- A text in awk. Variables: folds (1: a name without quotes is in lower case).

return [==[
# The first name of a text: quoted in one way or another, or a word; `after_name` is what follows.
function name_in(text, q, name, at) {
  sub(/^ +/, "", text)
  q = substr(text, 1, 1)
  if (q != "\"" && q != "`" && q != "[") {
    match(text, /^[^ .,();=]*/)
    after_name = substr(text, RLENGTH + 1)
    name = substr(text, 1, RLENGTH)
    return folds ? tolower(name) : name
  }
  if (q == "[") q = "]"
  text = substr(text, 2)
  while (at = index(text, q)) {
    name = name substr(text, 1, at - 1)
    text = substr(text, at + 1)
    if (substr(text, 1, 1) != q) break
    name = name q
    text = substr(text, 2)
  }
  after_name = text
  return name
}
# Both names of "schema"."name", with a dot between them.
function full_name(text, name) {
  qualifier = ""
  name = name_in(text)
  while (after_name ~ /^ ?\./) {
    sub(/^ ?\./, "", after_name)
    qualifier = name
    name = name "." name_in(after_name)
  }
  return name
}
]==]
