# The bell of the agent's own window: tmux hands it on to whoever is attached, and marks the window for whoever is not.
terminal=$(tmux display-message -p -t "$TMUX_PANE" '#{pane_tty}') && printf '\a' >"$terminal"
