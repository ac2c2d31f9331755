#!/usr/bin/env bash
# Puts the wanted release of etcdplan on PATH, its checksum checked. Called by action.yml; needs curl, tar and sha256sum.
set -euo pipefail

stop() {
  echo "etcdplan: $1" >&2
  exit 1
}

if [ -z "$INPUT_VERSION" ]; then
  command -v etcdplan >/dev/null || stop "it is not on PATH: give the action a version, or install it in a step before"
  exit 0
fi

version=${INPUT_VERSION#v}
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+([-+][0-9A-Za-z.-]+)?$ ]] || stop "the version is written like 0.1.0"
[ "$(uname -s)" = Linux ] || stop "releases are for Linux; elsewhere install it in a step before, and give no version"
archive=etcdplan-$version-$(uname -m)-linux.tar.gz

releases=$INPUT_DOWNLOAD
if [ -z "$releases" ]; then
  [ -n "$ACTION_REPOSITORY" ] || stop "an action of this very repository has no releases: give \`download\`, or no version"
  releases=$GITHUB_SERVER_URL/$ACTION_REPOSITORY/releases/download
fi

folder=$(mktemp -d "$RUNNER_TEMP/etcdplan-bin.XXXXXX")
cd "$folder"
for name in "$archive" SHA256SUMS; do
  curl --silent --show-error --fail --location --retry 3 --max-time 300 --output "$name" -- "$releases/v$version/$name" ||
    stop "no $name of version $version"
done
# Of this file alone, and it must be listed.
awk -v name="$archive" '$2 == name || $2 == "*" name' SHA256SUMS >wanted
[ -s wanted ] || stop "SHA256SUMS does not list $archive"
sha256sum --check --quiet --strict wanted || stop "$archive is not what SHA256SUMS says"
tar -xzf "$archive" --no-same-owner etcdplan
rm -f "$archive" SHA256SUMS wanted
./etcdplan --version
echo "$folder" >>"$GITHUB_PATH"
