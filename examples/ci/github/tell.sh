#!/usr/bin/env bash
# Writes the comment of a pull request, or the issue of a drift: one, found again and edited in place.
# Called by action.yml; needs curl, jq and sha256sum, and no gh, which runners of one's own often lack.
set -euo pipefail
here=$(dirname "$0")
# shellcheck source=examples/ci/github/say.sh
. "$here/say.sh"
# shellcheck source=examples/ci/github/api.sh
. "$here/api.sh"

[ "$INPUT_COMMENT" = true ] || exit 0
begin_api
trap end_api EXIT

# How ours are known: by the cluster, whose plan id differs from push to push, and by the file, since an error may know
# no cluster, and two folders are both called a fleet. Both are lines that nobody sees.
IFS= read -r first <"$COMMENT_FILE" || true
of_cluster=${first% plan=*}
case $of_cluster in "<!-- etcdplan:v1 cluster="*) ;; *) of_cluster= ;; esac
of_file="<!-- etcdplan:v1 file=$(printf %s "$INPUT_FILE" | sha256sum | cut -c1-64) -->"
{ cat "$COMMENT_FILE" && printf '\n%s\n' "$of_file"; } >"$api/text"

# Ours among what is listed on standard input, by its cluster rather than by its file. What somebody else wrote is not
# ours, whatever stands in it.
ours() {
  jq -c --arg author "$INPUT_COMMENT_AUTHOR" --arg cluster "$of_cluster" --arg file "$of_file" '
    map(select(.user.login == $author)
      | {id, number, url: .html_url, lines: (.body // "" | gsub("\r"; "") | rtrimstr("\n") | split("\n"))})
    | map(select($cluster != "" and (.lines[0] // "" | startswith($cluster + " plan=")))) as $by_cluster
    | map(select(.lines[-1] == $file)) as $by_file
    | ($by_cluster + $by_file)[0] // empty'
}

comment() {
  local number found repository=repos/$GITHUB_REPOSITORY
  # Of a pull request's own events, and of comments on it.
  number=$(jq -r '.pull_request.number // (.issue | select(.pull_request) | .number) // empty' "$GITHUB_EVENT_PATH")
  [ -n "$number" ] || return 0
  found=$(call_all "$repository/issues/$number/comments" | ours)
  jq -Rs '{body: .}' "$api/text" >"$api/request"
  case $nothing,$INPUT_ON_NO_CHANGES,${found:+found} in
  yes,keep,*) answer=$found ;;
  yes,delete,found) call DELETE "$repository/issues/comments/$(jq .id <<<"$found")" ;;
  yes,delete,) ;;
  *,found) answer=$(call PATCH "$repository/issues/comments/$(jq .id <<<"$found")" "$api/request") ;;
  *) answer=$(call POST "$repository/issues/$number/comments" "$api/request") ;;
  esac
}

issue() {
  local found number repository=repos/$GITHUB_REPOSITORY
  # Where the cluster could not be looked at, the job fails, and what is known of the drift stays.
  [ -n "$CHANGES" ] || return 0
  found=$(call_all "$repository/issues" "state=open&labels=etcdplan-drift" | ours)
  number=$(jq .number <<<"$found")
  jq -Rs --arg title "etcdplan: drift in $INPUT_FILE" \
    '{body: ., title: ($title | gsub("[\\x00-\\x1f\\x7f]"; "?")[:200]), labels: ["etcdplan-drift"]}' \
    "$api/text" >"$api/new"
  jq '{body}' "$api/new" >"$api/edited"
  # One that is over is closed, with the last word in it.
  jq '{body, state: "closed", state_reason: "completed"}' "$api/new" >"$api/closed"
  case $nothing,${found:+found} in
  yes,found) answer=$(call PATCH "$repository/issues/$number" "$api/closed") ;;
  yes,) ;;
  *,found) answer=$(call PATCH "$repository/issues/$number" "$api/edited") ;;
  *) answer=$(call POST "$repository/issues" "$api/new") ;;
  esac
}

# Whether nothing is to be done. A refusal is never nothing.
nothing=no
[ "$CHANGES" != false ] || [ "$EXIT_CODE" != 0 ] || nothing=yes
answer=
told() { output comment-url "$(jq -r '.html_url // .url // empty' <<<"$answer")"; }
case $INPUT_COMMAND in
plan)
  # In a job: `set -e` holds in it, and a comment that cannot be written fails nobody's plan.
  set +e
  (
    set -e
    comment
    told
  )
  ended=$?
  set -e
  [ "$ended" = 0 ] ||
    echo "::warning title=etcdplan::The comment was not written; the plan is in the job's summary. Does the job have pull-requests: write? Pull requests of forks never have."
  ;;
drift)
  issue
  told
  ;;
esac
