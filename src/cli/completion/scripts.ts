/**
 * Scripts that a shell runs once to complete the words of commctl from then on. Each gets the candidates from `commctl
 * completion words`, so that they match the installed version.
 */
export const scripts = {
  bash: String.raw`# Completion of commctl for bash: source <(commctl completion bash)
_commctl() {
  local words=() current word summary i lead glue='^[=:]+$'
  # bash has cut the line at every "=" and ":".
  for ((i = 1; i <= COMP_CWORD; i++)); do
    if ((i > 1)) && [[ ${'$'}{COMP_WORDS[i]} =~ $glue || ${'$'}{COMP_WORDS[i - 1]} =~ $glue ]]; then
      words[${'$'}{#words[@]} - 1]+=${'$'}{COMP_WORDS[i]}
    else
      words+=("${'$'}{COMP_WORDS[i]}")
    fi
  done
  current=${'$'}{COMP_WORDS[COMP_CWORD]}
  [[ $current =~ $glue ]] && current=
  # What is before the last cut stays on the line as it is.
  lead=${'$'}{words[-1]%"$current"}
  COMPREPLY=()
  while IFS=$'\t' read -r word summary; do
    if [[ $word == ':files' ]]; then
      compopt -o filenames 2>/dev/null
      mapfile -t -O ${'$'}{#COMPREPLY[@]} COMPREPLY < <(compgen -f -- "$current")
    else
      [[ $word == *[:=] ]] && compopt -o nospace 2>/dev/null
      COMPREPLY+=("${'$'}{word#"$lead"}")
    fi
  done < <("$1" completion words -- "${'$'}{words[@]}" 2>/dev/null)
}
complete -F _commctl commctl
`,
  zsh: String.raw`#compdef commctl
# Completion of commctl for zsh: source <(commctl completion zsh), or a file _commctl in a directory of $fpath
_commctl() {
  local -a found
  local word summary files=
  while IFS=$'\t' read -r word summary; do
    if [[ $word == ':files' ]]; then
      files=1
    else
      found+=("${'$'}{word//:/\\:}:$summary")
    fi
  done < <("${'$'}{words[1]}" completion words -- "${'$'}{(@Q)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)
  (( ${'$'}{#found} )) && _describe -t words commctl found
  [[ -n $files ]] && _files
}
if [[ ${'$'}{funcstack[1]} == _commctl ]]; then
  _commctl "$@"
else
  compdef _commctl commctl
fi
`,
  fish: `# Completion of commctl for fish: commctl completion fish | source
function __commctl_words
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for line in ($words[1] completion words -- $words[2..-1] "$current" 2>/dev/null)
        if test "$line" = ':files'
            __fish_complete_path "$current"
        else
            echo $line
        end
    end
end
complete -c commctl -f -a '(__commctl_words)'
`,
} as const;

export type Shell = keyof typeof scripts;
