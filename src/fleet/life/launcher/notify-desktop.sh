news="$AI_FLEET_BRANCH is $AI_FLEET_STATUS"
if command -v notify-send >/dev/null; then
  notify-send fleet "$news"
elif command -v osascript >/dev/null; then
  osascript -e 'on run words' -e 'display notification (item 1 of words) with title "fleet"' -e 'end run' "$news"
else
  echo "neither notify-send nor osascript is there to show a notification" >&2
  exit 1
fi
