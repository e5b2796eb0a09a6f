# Run by an agent before each tool it uses, with the directory of its files as the argument and a JSON object on standard input that names
# its transcript. Adds up what was appended since the last time, and stops the turn when the budget is used. What it cannot read it counts
# as nothing: to brake too late is better than to be in the way. The answer that asks for the tool is not in the transcript yet, so it
# counts the next time.

function number(text, key) {
  return match(text, "\"" key "\":[0-9]+") ? substr(text, RSTART + length(key) + 3, RLENGTH - length(key) - 3) + 0 : 0
}

function word(text, key) {
  return match(text, "\"" key "\":\"[^\"\\\\]*\"") ? substr(text, RSTART + length(key) + 4, RLENGTH - length(key) - 5) : ""
}

function quoted(text) {
  gsub(/'/, "'\\''", text)
  return "'" text "'"
}

# The longest name of a model in the table with which this one begins.
function priced(model,   candidate, best) {
  best = ""
  for (candidate in input) if (index(model, candidate) == 1 && length(candidate) > length(best)) best = candidate
  return best
}

function cost(usage, model,   all, written, hour, name) {
  written = number(usage, "cache_creation_input_tokens")
  hour = number(usage, "ephemeral_1h_input_tokens")
  if (hour > written) hour = written
  all = number(usage, "input_tokens") + written + number(usage, "cache_read_input_tokens") + number(usage, "output_tokens")
  if (unit != "USD") return all
  name = priced(model)
  if (name == "") return 0
  return (number(usage, "input_tokens") * input[name] + number(usage, "cache_read_input_tokens") * read[name] + \
    (written - hour) * write[name] + hour * write_hour[name] + number(usage, "output_tokens") * output[name]) / 1000000
}

BEGIN {
  directory = ARGV[1]
  own = ARGC > 2 ? ARGV[2] : directory
  while ((getline line < (directory "/budget")) > 0) {
    split(line, field, "\t")
    if (field[1] == "limit") { limit = field[2] + 0; unit = field[3]; reason = field[4] }
    if (field[1] == "price") {
      input[field[2]] = field[3]; read[field[2]] = field[4]; write[field[2]] = field[5]
      write_hour[field[2]] = field[6]; output[field[2]] = field[7]
    }
  }
  getline request < "-"
  path = word(request, "transcript_path")
  if (limit <= 0 || path == "") exit 0

  # What was found before counts only if all of it is there.
  while ((getline line < (own "/spent")) > 0) {
    split(line, field, "\t")
    if (field[1] == "file") { before[field[2]] = field[3]; last_before[field[2]] = field[4]; cost_before[field[2]] = field[5] }
    if (field[1] == "total" && field[3] == unit) { spent = field[2]; complete = 1 }
  }
  if (complete) for (file in before) { offset[file] = before[file]; last[file] = last_before[file]; counted[file] = cost_before[file] }
  else spent = 0

  folder = path
  sub(/\.jsonl$/, "", folder)
  known = ""
  for (file in offset) known = known quoted(file) ") from=" (offset[file] + 1) ";; "
  command = "for file in " quoted(path) " " quoted(folder) "/subagents/*.jsonl; do [ -f \"$file\" ] || continue; from=1; " \
    "case $file in " known "esac; printf '\\001%s\\n' \"$file\"; tail -c +$from -- \"$file\"; done"
  while ((command | getline line) > 0) {
    if (substr(line, 1, 1) == "\001") { file = substr(line, 2); offset[file] += 0; continue }
    # A row that is still being written ends otherwise.
    if (substr(line, length(line)) != "}") continue
    offset[file] += length(line) + 1
    at = index(line, "\"usage\":{\"input_tokens\":")
    head = index(line, "\"message\":{")
    if (!at || !head) continue
    id = word(substr(line, head, 300), "id")
    amount = cost(substr(line, at, 1500), word(substr(line, head, 300), "model"))
    # Each block of an answer has a row with the usage of all of it.
    if (id == last[file]) { if (amount > counted[file]) { spent += amount - counted[file]; counted[file] = amount } }
    else { spent += amount; last[file] = id; counted[file] = amount }
  }
  for (file in offset) printf "file\t%s\t%d\t%s\t%.9f\n", file, offset[file], last[file], counted[file] > (own "/spent")
  printf "total\t%.9f\t%s\n", spent, unit > (own "/spent")

  if (spent >= limit) {
    print reason > (own "/over-budget")
    # `continue: false` alone lets the tool run before the turn ends (seen with Claude Code 2.1.330).
    denied = "{\"hookEventName\":\"PreToolUse\",\"permissionDecision\":\"deny\",\"permissionDecisionReason\":\"" reason "\"}"
    printf "{\"continue\":false,\"stopReason\":\"%s\",\"hookSpecificOutput\":%s}\n", reason, denied
  }
  exit 0
}
