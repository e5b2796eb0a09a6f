#compdef fleet flt
# zsh completion of fleet and flt. To use it, put this line into ~/.zshrc, below compinit:
#   source <(fleet completions zsh)
#
# The names of branches are data: they are compared and quoted, never expanded.

# fleet matches patterns itself, so that `fleet kill auth-*` needs no quotes.
# No program can change the directory of its shell: fleet cd BRANCH is done here.
unalias fleet flt 2>/dev/null
function __fleet_run {
  local place
  if [[ ${2-} == cd && ${3-} != -* && $# -le 3 ]]; then
    place=$(command $1 path "${@[3,-1]}") && builtin cd -- $place
  else
    command "$@"
  fi
}
function fleet { __fleet_run fleet "$@" }
function flt { __fleet_run flt "$@" }
alias fleet='noglob fleet'
alias flt='noglob flt'

# Offers what `fleet __complete $argv[-1]` prints. What stands before that argument is for compadd.
__fleet_offer() {
  local -a offered
  offered=(${(f)"$(command $service __complete $argv[-1] 2>/dev/null)"})
  compadd "${@[1,-2]}" -a offered
}

@functions@

if [[ $funcstack[1] == _fleet ]]; then
  _fleet "$@"
elif (( $+functions[compdef] )); then
  compdef _fleet fleet flt
fi
