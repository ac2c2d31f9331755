# shellcheck shell=bash
# What the scripts beside it tell the runner. Sourced; needs jq, od and the variables of a job.

# Random, so that no text can hold it.
random() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }

# An output of the step. A fixed delimiter could stand in the value, and what follows would be outputs of its own.
output() {
  local end
  end=end-$(random)
  printf '%s<<%s\n%s\n%s\n' "$1" "$end" "$2" "$end" >>"$GITHUB_OUTPUT"
}

# From here to `unhush`, the runner takes no line of the log for a command.
hush() {
  hushed=$(random)
  echo "::stop-commands::$hushed"
}
unhush() { echo "::$hushed::"; }

# Files for the log.
say() {
  hush
  cat -- "$@"
  unhush
}

# The files as one block of Markdown, whose fence is longer than any in them. 65,536 characters are the most that a
# comment holds; what was said last matters most.
fenced() {
  cat -- "$@" | jq -Rrs '
    (if length > 50000 then "(the beginning is left out)\n" + .[-50000:] else . end)
    | ([match("`+"; "g").length] | max // 0) as $longest
    | ("`" * ([3, $longest + 1] | max)) as $fence
    | $fence + "text\n" + (rtrimstr("\n")) + "\n" + $fence'
}

# The title of what etcdplan itself writes no Markdown for. The file's name is the user's.
heading() {
  jq -rn --arg what "$1" --arg file "${INPUT_FILE:-$INPUT_PLAN_FILE}" \
    '"### etcdplan: `\($file | gsub("[`\\x00-\\x1f\\x7f]"; "?"))` \u2014 \($what)\n"'
}
