# fish completion of fleet and flt. To use it, put this line into ~/.config/fish/config.fish:
#   fleet completions fish | source
#
# The names of branches are data: they are compared and quoted, never expanded.

# Prints the command that the words before the cursor name, then the number of its operands among them.
function __fleet_place
    set -l names @names@
    set -l commands @commands@
    set -l valued @valued@

    set -l place ''
    set -l operands 0
    set -l next any
    for word in (commandline -opc)[2..-1]
        if test $next = value
            set next any
        else if test $next = operand
            set operands (math $operands + 1)
        else if test "$word" = --
            set next operand
        else if string match -q -- '-*' "$word"
            if contains -- "$word" $valued; or contains -- "$place $word" $valued
                set next value
            end
        else if set -l index (contains -i -- "$place>$word" $names)
            set place $commands[$index]
        else
            set operands (math $operands + 1)
        end
    end
    echo $place
    echo $operands
end

# Whether the cursor is in command $argv[1], and at one of its operands $argv[2] to $argv[3] when these are given.
function __fleet_at
    set -l place (__fleet_place)
    test "$place[1]" = "$argv[1]"; or return 1
    set -q argv[2]; and test "$place[2]" -lt "$argv[2]"; and return 1
    set -q argv[3]; and test "$place[2]" -gt "$argv[3]"; and return 1
    return 0
end

# Whether one of these options stands before the cursor.
function __fleet_given
    for word in (commandline -opc)[2..-1]
        contains -- (string replace -r '=.*' '' -- "$word") $argv; and return 0
    end
    return 1
end

# Offers what `fleet __complete $argv[1]` prints.
function __fleet_offer
    set -l program (commandline -opc)[1]
    command $program __complete $argv[1] 2>/dev/null
end

# No program can change the directory of its shell: fleet cd BRANCH is done here.
function __fleet_run
    if test "$argv[2]" = cd; and test (count $argv) -le 3; and not string match -q -- '-*' "$argv[3]"
        set -l place (command $argv[1] path $argv[3..-1]); and builtin cd -- $place
    else
        command $argv
    end
end
function fleet
    __fleet_run fleet $argv
end
function flt
    __fleet_run flt $argv
end

complete -c fleet -e
complete -c fleet -f
@completions@

complete -c flt -e
complete -c flt -w fleet
