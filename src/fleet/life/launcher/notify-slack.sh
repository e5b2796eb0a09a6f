# The address is a secret, so it is no argument that others could see: curl reads it from its standard input, the message from a variable.
news=$(printf %s "$AI_FLEET_BRANCH is $AI_FLEET_STATUS" | sed 's/[\\"]/\\&/g')
printf 'url = "%s"\n' "$ai_fleet_address" |
  curl --silent --show-error --fail --max-time 20 --header 'Content-Type: application/json' --data-binary "{\"text\": \"$news\"}" --config -
