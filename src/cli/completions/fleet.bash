# bash completion of fleet and flt. To use it, put this line into ~/.bashrc:
#   eval "$(fleet completions bash)"
#
# Written for bash 3.2 and later. The names of branches are data: they are compared and quoted, never expanded.

# Goes from command $1 to its sub-command $2, into `path`.
__fleet_enter() {
  case "$1>$2" in
  @commands@
  *) return 1 ;;
  esac
}

# What stands after option $2 of command $1, into `offer`. Fails when the option takes no value.
__fleet_value() {
  case "$1 $2" in
  @values@
  *) return 1 ;;
  esac
}

# What cannot be given beside option $2 of command $1, added to `excluded`.
__fleet_exclude() {
  case "$1 $2" in
  @excluded@
  esac
}

# What operand $2 of command $1 is, into `offer`.
__fleet_operand() {
  case "$1 $2" in
  @operands@
  esac
}

# The options of command $1, into `offer`.
__fleet_options() {
  case $1 in
  @options@
  esac
}

# Sets `text` to the meaning of $1, a word as it was typed, after the quote $2 if one was open; and `open` to the quote open then.
__fleet_unquote() {
  local rest=$1 letter
  text='' open=${2-}
  if [[ -z $open && $rest != *[\\\'\"]* ]]; then
    text=$rest
    return
  fi
  while [[ -n $rest ]]; do
    letter=${rest:0:1} rest=${rest:1}
    case $open$letter in
    "'" | '"') open=$letter ;;
    "''" | '""') open='' ;;
    \\)
      text+=${rest:0:1} rest=${rest:1}
      ;;
    '"'\\)
      [[ ${rest:0:1} == [\$\`\"\\] ]] || text+=$letter
      text+=${rest:0:1} rest=${rest:1}
      ;;
    *) text+=$letter ;;
    esac
  done
}

# Sets `quoted` to $1 as it has to be typed where the quote $2 is open.
__fleet_quote() {
  local index letter
  if [[ -z $1 || -z $2 ]]; then
    quoted=
    if [[ -n $1 ]]; then printf -v quoted %q "$1"; fi
    return
  fi
  quoted=''
  for ((index = 0; index < ${#1}; index++)); do
    letter=${1:index:1}
    case $2$letter in
    "''") quoted+="'\\''" ;;
    '"!') quoted+='"\!"' ;;
    '"$' | '"`' | '""' | '"'\\) quoted+=\\$letter ;;
    *) quoted+=$letter ;;
    esac
  done
}

# Splits the line into `before`, the words before the cursor with their meaning, and `typed`, the last one as it is typed: bash
# has taken them apart at COMP_WORDBREAKS.
__fleet_words() {
  local index piece word='' joined='' line=${COMP_LINE:0:COMP_POINT}
  before=()
  for ((index = 1; index <= COMP_CWORD; index++)); do
    piece=${COMP_WORDS[index]}
    if [[ -n $piece && -z ${piece//[=:@]/} ]]; then
      word+=$piece joined=yes
    elif [[ -n $joined ]]; then
      word+=$piece joined=
    else
      if ((index > 1)); then
        __fleet_unquote "$word"
        before+=("$text")
      fi
      word=$piece
    fi
  done
  while [[ $line != *"$word" ]]; do word=${word%?}; done
  typed=$word
}

_fleet() {
  local IFS=$' \t\n' text open quoted typed quote path='' option='' ended='' operand=0 word
  local offer='' head='' list='' excluded='' kept candidate
  local -a before
  COMPREPLY=()
  __fleet_words

  for word in ${before[@]+"${before[@]}"}; do
    if [[ -n $option ]]; then
      option=
    elif [[ -n $ended ]]; then
      operand=$((operand + 1))
    elif [[ $word == -- ]]; then
      ended=yes
    elif [[ $word == -* ]]; then
      __fleet_exclude "$path" "${word%%=*}"
      if __fleet_value "$path" "$word"; then option=$word; fi
    elif ! __fleet_enter "$path" "$word"; then
      operand=$((operand + 1))
    fi
  done

  __fleet_unquote "$typed"
  typed=$text quote=$open
  if [[ -n $option ]]; then
    __fleet_value "$path" "$option"
  elif [[ -z $ended && $typed == --*=* ]]; then
    head=${typed%%=*}=
    __fleet_value "$path" "${typed%%=*}"
  elif [[ -z $ended && $typed == -* ]]; then
    __fleet_options "$path"
  else
    __fleet_operand "$path" "$operand"
  fi

  case $offer in
  '= '*) list=${offer#= } list=${list// /$'\n'} ;;
  files) compopt -o default 2>/dev/null ;;
  directories) compopt -o dirnames 2>/dev/null ;;
  ?*) list=$(command "$1" __complete "$offer" 2>/dev/null) ;;
  esac

  # Only the end of the last word, $2, is replaced by what we answer.
  __fleet_unquote "$2" "$quote"
  kept=$((${#typed} - ${#text}))
  while IFS= read -r candidate; do
    [[ -n $candidate && $head$candidate == "$typed"* ]] || continue
    [[ $candidate == -* && "$excluded " == *" $candidate "* ]] && continue
    candidate=$head$candidate
    __fleet_quote "${candidate:kept}" "$quote"
    COMPREPLY+=("$quoted")
  done <<<"$list"
}

# No program can change the directory of its shell: fleet cd BRANCH is done here.
__fleet_run() {
  local program=$1 place
  shift
  if [[ ${1-} == cd && ${2-} != -* && $# -le 2 ]]; then
    place=$(command "$program" path "${@:2}") && builtin cd -- "$place"
  else
    command "$program" "$@"
  fi
}
fleet() { __fleet_run fleet "$@"; }
flt() { __fleet_run flt "$@"; }

complete -F _fleet fleet flt
