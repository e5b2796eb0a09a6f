# Run by an agent before each tool it uses, with the directory of its files as the argument and a JSON object on standard input that names
# its transcript. Adds up what was appended since the last time, looks what others say that share a budget with it, and stops the turn when
# a budget is used. What it cannot read it counts as nothing: to brake too late is better than to be in the way. The answer that asks for
# the tool is not in the transcript yet, so it counts the next time.

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

function tokens_of(usage) {
  return number(usage, "input_tokens") + number(usage, "cache_creation_input_tokens") + number(usage, "cache_read_input_tokens") + \
    number(usage, "output_tokens")
}

function dollars_of(usage, model,   written, hour, name) {
  name = priced(model)
  if (name == "") return 0
  written = number(usage, "cache_creation_input_tokens")
  hour = number(usage, "ephemeral_1h_input_tokens")
  if (hour > written) hour = written
  return (number(usage, "input_tokens") * input[name] + number(usage, "cache_read_input_tokens") * read[name] + \
    (written - hour) * write[name] + hour * write_hour[name] + number(usage, "output_tokens") * output[name]) / 1000000
}

# Days since the year 0, whose months begin with March so that a leap day is the last.
function day_number(text,   year, month) {
  year = substr(text, 1, 4) + 0
  month = substr(text, 6, 2) - 3
  if (month < 0) { month += 12; year -= 1 }
  return year * 365 + int(year / 4) - int(year / 100) + int(year / 400) + int((month * 306 + 5) / 10) + substr(text, 9, 2)
}

# Whether an answer was given today, where the user is.
function is_of_today(row,   text) {
  text = word(row, "timestamp")
  if (text == "") return 1
  return int((day_number(text) * 1440 + substr(text, 12, 2) * 60 + substr(text, 15, 2) + offset_minutes) / 1440) == day_number(today)
}

# Each block of an answer has a row with the usage of all of it.
function count(row, usage, file,   id, head, dollars, tokens, more_dollars, more_tokens) {
  head = substr(row, index(row, "\"message\":{"), 300)
  id = word(head, "id")
  dollars = dollars_of(usage, word(head, "model"))
  tokens = tokens_of(usage)
  more_dollars = dollars - (id == last[file] ? dollars_counted[file] : 0)
  more_tokens = tokens - (id == last[file] ? tokens_counted[file] : 0)
  if (id == last[file] && more_tokens <= 0) return
  last[file] = id
  dollars_counted[file] = dollars
  tokens_counted[file] = tokens
  used["agent", "USD"] += more_dollars
  used["agent", "tokens"] += more_tokens
  if (!looks["day"] || !is_of_today(usage)) return
  used["day", "USD"] += more_dollars
  used["day", "tokens"] += more_tokens
}

# What an agent has used counts once, with the most that anybody says of it.
function hear(scope, id, unit, amount) {
  if (amount <= heard[scope, id, unit]) return
  used[scope, unit] += amount - heard[scope, id, unit]
  heard[scope, id, unit] = amount
}

function listen(scope, file,   line, field) {
  while ((getline line < file) > 0) {
    split(line, field, "\t")
    hear(scope, field[1], "USD", field[2] + 0)
    hear(scope, field[1], "tokens", field[3] + 0)
  }
  close(file)
}

function row(words, dollars, tokens) { return sprintf("%s\t%.9f\t%.0f\n", words, dollars, tokens) }

BEGIN {
  directory = ARGV[1]
  own = ARGC > 2 ? ARGV[2] : directory
  while ((getline line < (directory "/budget")) > 0) {
    split(line, field, "\t")
    if (field[1] == "limit") {
      limits += 1
      scope[limits] = field[2]; limit[limits] = field[3] + 0; unit[limits] = field[4]; reason[limits] = field[5]; day[limits] = field[6]
      looks[field[2]] = 1
    }
    if (field[1] == "shared") { root = field[2]; name = field[3]; place["batch"] = root "/" field[4] }
    if (field[1] == "price") {
      input[field[2]] = field[3]; read[field[2]] = field[4]; write[field[2]] = field[5]
      write_hour[field[2]] = field[6]; output[field[2]] = field[7]
    }
  }
  # The arguments are no files to read; busybox does not know `-`.
  ARGC = 1
  getline request
  path = word(request, "transcript_path")
  if (!limits || path == "") exit 0
  if (looks["day"]) {
    "date '+%Y-%m-%d %z'" | getline today
    offset_minutes = (substr(today, 13, 2) * 60 + substr(today, 15, 2)) * (substr(today, 12, 1) == "-" ? -1 : 1)
    today = substr(today, 1, 10)
    place["day"] = root "/day-" today
  }

  # What was found before counts only if all of it is there.
  while ((getline line < (own "/spent")) > 0) {
    split(line, field, "\t")
    if (field[1] == "file") { before[field[2]] = field[3]; last_before[field[2]] = field[4]; dollars_before[field[2]] = field[5]; tokens_before[field[2]] = field[6] }
    if (field[1] == "all") { all_dollars = field[2]; all_tokens = field[3]; complete = 1 }
    if (field[1] == "day") { spent_on = field[2]; day_dollars = field[3]; day_tokens = field[4] }
  }
  if (complete && (!looks["day"] || spent_on != "")) {
    for (file in before) {
      offset[file] = before[file]; last[file] = last_before[file]
      dollars_counted[file] = dollars_before[file]; tokens_counted[file] = tokens_before[file]
    }
    used["agent", "USD"] = all_dollars; used["agent", "tokens"] = all_tokens
    if (spent_on == today) { used["day", "USD"] = day_dollars; used["day", "tokens"] = day_tokens }
  }

  folder = path
  sub(/\.jsonl$/, "", folder)
  known = ""
  for (file in offset) known = known quoted(file) ") from=" (offset[file] + 1) ";; "
  command = "for file in " quoted(path) " " quoted(folder) "/subagents/*.jsonl; do [ -f \"$file\" ] || continue; from=1; " \
    "case $file in " known "esac; printf '\\001%s\\n' \"$file\"; tail -c +$from -- \"$file\"; done"
  for (shared in place) if (looks[shared]) command = command "; printf '\\002" shared "\\t%s\\n' " quoted(place[shared]) "/*"
  # One in a sandbox only reads there.
  if (own == directory) for (shared in place) if (looks[shared]) command = command "; [ -d " quoted(place[shared]) " ] || mkdir -p " quoted(place[shared])
  while ((command | getline line) > 0) {
    if (substr(line, 1, 1) == "\001") { file = substr(line, 2); offset[file] += 0; continue }
    if (substr(line, 1, 1) == "\002") { split(substr(line, 2), field, "\t"); sayings[field[2]] = field[1]; continue }
    # A row that is still being written ends otherwise.
    if (substr(line, length(line)) != "}") continue
    offset[file] += length(line) + 1
    at = index(line, "\"usage\":{\"input_tokens\":")
    if (at && index(line, "\"message\":{")) count(line, substr(line, at, 1500), file)
  }
  for (file in offset) printf "%s", row("file\t" file "\t" offset[file] "\t" last[file], dollars_counted[file], tokens_counted[file]) > (own "/spent")
  printf "%s", row("all", used["agent", "USD"], used["agent", "tokens"]) > (own "/spent")
  if (looks["day"]) printf "%s", row("day\t" today, used["day", "USD"], used["day", "tokens"]) > (own "/spent")

  for (shared in place) {
    mine = shared == "day" ? "day" : "agent"
    own_dollars[shared] = used[mine, "USD"]; own_tokens[shared] = used[mine, "tokens"]
  }
  for (shared in place) {
    used[shared, "USD"] = 0; used[shared, "tokens"] = 0
    hear(shared, name, "USD", own_dollars[shared]); hear(shared, name, "tokens", own_tokens[shared])
  }
  for (file in sayings) listen(sayings[file], file)

  # A limit for this day goes before that for any.
  for (each = 1; each <= limits; each++) if (day[each] == today && day[each] != "") has_own_limit = 1
  for (each = 1; each <= limits && why == ""; each++) {
    if (scope[each] == "day" && day[each] != (has_own_limit ? today : "")) continue
    if (limit[each] > 0 && used[scope[each], unit[each]] >= limit[each]) why = reason[each]
  }
  if (why != "") {
    print why > (own "/over-budget")
    # `continue: false` alone lets the tool run before the turn ends (seen with Claude Code 2.1.330).
    denied = "{\"hookEventName\":\"PreToolUse\",\"permissionDecision\":\"deny\",\"permissionDecisionReason\":\"" why "\"}"
    printf "{\"continue\":false,\"stopReason\":\"%s\",\"hookSpecificOutput\":%s}\n", why, denied
    fflush()
  }
  if (own == directory) for (shared in place) if (looks[shared]) printf "%s", row(name, own_dollars[shared], own_tokens[shared]) > (place[shared] "/" name)
  exit 0
}
