#!/usr/bin/env bash
# Runs etcdplan, and tells the job how it went: outputs, step summary, marks beside the lines, and the text of the
# comment. Ends with 0 however etcdplan ended, so that the steps after it run; judge.sh fails the job.
# Called by action.yml; needs jq.
set -euo pipefail
# shellcheck source=examples/ci/github/say.sh
. "$(dirname "$0")/say.sh"

work=$(mktemp -d "$RUNNER_TEMP/etcdplan.XXXXXX")
touch "$work/out" "$work/err"
code=0
changes=
warnings=
least=
plan=
id=

wrong() {
  echo "etcdplan: $1" >&2
  exit 64
}

case $INPUT_COMMAND in
validate | plan | drift) [ -n "$INPUT_FILE" ] || wrong "$INPUT_COMMAND needs \`file\`" ;;
apply) [ -n "$INPUT_FILE" ] || [ -n "$INPUT_PLAN_FILE" ] || wrong "apply needs \`plan-file\`, or \`file\` to plan and apply at once" ;;
*) wrong "\`command\` is validate, plan, apply or drift" ;;
esac
case $INPUT_ON_NO_CHANGES in keep | update | delete) ;; *) wrong "\`on-no-changes\` is keep, update or delete" ;; esac
for word in ${INPUT_FAIL_ON//,/ }; do
  case $word in error | changes | warning) ;; *) wrong "\`fail-on\` is error, changes or warning" ;; esac
done

# With `=`, a value that begins with a dash is a value still.
given=()
[ -z "$INPUT_LIVE" ] || given+=("--live=$INPUT_LIVE")
[ -z "$INPUT_ENDPOINTS" ] || given+=("--endpoints=$INPUT_ENDPOINTS")

validate() {
  local files=("$INPUT_FILE")
  if [ -d "$INPUT_FILE" ]; then
    mapfile -d '' -t files < <(find "$INPUT_FILE" -maxdepth 1 -type f ! -name '.*' \( -name '*.yaml' -o -name '*.yml' \) -print0 | sort -z)
    [ "${#files[@]}" -gt 0 ] || wrong "no topology file in that folder"
  fi
  etcdplan validate --format github -- "${files[@]}" </dev/null || code=$?
  # For people, and the log.
  etcdplan validate --color never -- "${files[@]}" </dev/null >"$work/out" 2>"$work/err" || true
  say "$work/out" "$work/err"
  { heading validate && fenced "$work/out" "$work/err"; } >"$work/comment.md"
  result=$(cat "$work/out" "$work/err" | sed -E '/^(More: .*)?$/d' | tail -n 1)
}

plan() {
  plan=${INPUT_PLAN_FILE:-$work/plan}
  [ -n "$INPUT_PLAN_FILE" ] || [ -d "$INPUT_FILE" ] || plan=$work/plan.json
  etcdplan plan --color never --no-input --detailed-exitcode "--file=$INPUT_FILE" ${given[@]+"${given[@]}"} \
    --format github "--out=$plan" --write "json=$work/document.json" --write "markdown=$work/comment.md" \
    --write "text=$work/out" </dev/null 2>"$work/err" || code=$?
  say "$work/out" "$work/err"
  if [ ! -s "$work/document.json" ] || [ ! -s "$work/comment.md" ]; then
    # Nothing was planned, so only the errors can be told.
    plan=
    { echo '<!-- etcdplan:v1 error -->' && heading error && fenced "$work/err"; } >"$work/comment.md"
    result=$(grep -m1 '^Error: ' "$work/err" || echo "Error: etcdplan ended with $code")
    return
  fi
  # A fleet has its plans in a list.
  local every='(if has("plans") then .plans[] else . end)'
  changes=$(jq -r 'if has("plans") then .summary.changed > 0 else .hasChanges end' "$work/document.json")
  warnings=$(jq -r "[$every | .diagnostics[]] | length" "$work/document.json")
  least=$(jq -r '.summary.minCanLose // empty' "$work/document.json")
  id=$(jq -r '.planID // empty' "$work/document.json")
  result=$(jq -r "$every | .cluster.name + \": \" + (
    if (.refusals | length) > 0 then \"refused by \" + ([.refusals[].code] | unique | join(\", \"))
    elif .hasChanges then .summary | \"Plan: \(.add) to add, \(.change) to change, \(.destroy) to destroy.\"
    else \"No changes.\" end)" "$work/document.json")
}

apply() {
  local what=("--file=$INPUT_FILE")
  if [ -n "$INPUT_PLAN_FILE" ]; then
    plan=$INPUT_PLAN_FILE
    what=(-- "$plan")
    id=$(jq -r '.planID // empty' -- "$plan" 2>/dev/null) || true
  fi
  [ -z "$INPUT_ENDPOINTS" ] || what=("--endpoints=$INPUT_ENDPOINTS" "${what[@]}")
  # Line by line, while it runs.
  hush
  etcdplan apply --color never --no-input --yes "${what[@]}" </dev/null 2>&1 | tee "$work/out" || code=${PIPESTATUS[0]}
  unhush
  [ "$code" != 0 ] || changes=false
  result=$(grep -m1 -E '^(Error: |Apply complete!|No changes\.)' "$work/out" || tail -n 1 "$work/out")
  { heading apply && fenced "$work/out"; } >"$work/comment.md"
}

if [ "$INPUT_COMMAND" = drift ]; then plan; else "$INPUT_COMMAND"; fi

# A summary above 1 MiB is dropped whole.
head -c 900000 "$work/comment.md" >>"$GITHUB_STEP_SUMMARY"
output exitcode "$code"
output changes "$changes"
output warnings "$warnings"
output summary "$result"
output min-can-lose "$least"
output plan-file "$plan"
output plan-id "$id"
output comment-file "$work/comment.md"
