# shellcheck shell=bash
# GitHub's API by curl and jq. Sourced; needs GITHUB_API_URL and INPUT_TOKEN.

# A folder of one's own, where the token is in a file: the arguments of a program are everybody's to read.
begin_api() {
  api=$(umask 077 && mktemp -d "$RUNNER_TEMP/etcdplan-api.XXXXXX")
  (umask 077 && printf 'Authorization: Bearer %s\nAccept: application/vnd.github+json\nX-GitHub-Api-Version: 2022-11-28\n' \
    "$INPUT_TOKEN" >"$api/headers")
}
end_api() { rm -rf "$api"; }

# METHOD PATH [FILE]: prints the answer. Only what can be asked twice without harm is asked again.
call() {
  local more=()
  [ "$1" = POST ] || more+=(--retry 3)
  [ $# -lt 3 ] || more+=(--header 'Content-Type: application/json' --data-binary "@$3")
  if ! curl --silent --show-error --fail --max-time 60 ${more[@]+"${more[@]}"} --request "$1" \
    --header "@$api/headers" --output "$api/answer" "$GITHUB_API_URL/$2"; then
    echo "etcdplan: $1 $2 failed" >&2
    return 1
  fi
  [ ! -f "$api/answer" ] || cat "$api/answer"
  rm -f "$api/answer"
}

# PATH [QUERY]: every page of a list as one.
call_all() {
  local page=1 count
  echo '[]' >"$api/all"
  while :; do
    call GET "$1?per_page=100&page=$page${2:+&$2}" >"$api/page" || return 1
    count=$(jq length "$api/page") || return 1
    jq -c -s '.[0] + .[1]' "$api/all" "$api/page" >"$api/more" || return 1
    mv "$api/more" "$api/all"
    [ "$count" = 100 ] || break
    page=$((page + 1))
  done
  cat "$api/all"
}
