#!/usr/bin/env bash
# Fails the job where etcdplan failed, and where `fail-on` says so. Called last by action.yml.
set -euo pipefail

case $EXIT_CODE in
0 | 2) ;;
*)
  echo "etcdplan ended with $EXIT_CODE" >&2
  exit "$EXIT_CODE"
  ;;
esac
case ,${INPUT_FAIL_ON// /,}, in *,changes,*)
  if [ "$CHANGES" = true ]; then
    echo "There are changes, and \`fail-on\` names them" >&2
    exit 2
  fi
  ;;
esac
case ,${INPUT_FAIL_ON// /,}, in *,warning,*)
  if [ "${WARNINGS:-0}" != 0 ]; then
    echo "There are warnings, and \`fail-on\` names them" >&2
    exit 1
  fi
  ;;
esac
