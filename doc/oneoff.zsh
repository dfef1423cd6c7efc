#compdef oneoff

_oneoff() {
  local context state state_descr line
  typeset -A opt_args

  local -a options=(
    {-h,--help}"[Show this help message and exit]"
    "--version[Show the version and exit]"
  )
  _arguments -s -S \
    $options \
    ": :_oneoff_cmds" \
    "*:: :->args" \
    && return 0

  case $words[1] in
    run)
      options=(
        $options
        {-h,--help}"[Show this help message and exit]"
        {-a,--app}"[the application]: :_files"
        "--remote[git remote that tells the application (scalingo)]: :_files"
        {-r,--region}"[the region]: :_files"
        {-s,--size}"[the container's size\: S, M, L …]: :_files"
        "*"{-e,--env}"[a variable for the container; NAME alone takes the value from here]: :_files"
        "--timeout[stop it after that time\: seconds, or 90s, 30m, 2h]: :_files"
        "*"{-f,--file}"[upload it first, to /tmp/uploads in the container]: :_files"
        {-t,--type}"[run the command of a type of the Procfile, with COMMAND after it]: :_files"
        {-d,--detached}"[do not attach\: the output is in the log only]"
        "--wait[with --detached\: follow the log, wait for the end; the platform tells no exit code]"
        "--keepalive[run it as a task of one step\: clean output, and a sign of life while it is silent]: :_files"
        "--no-stop[leave the container alone when we end before it does]"
        "--json[print one JSON document on standard output]"
        "--format[as --json]: :(json text)"
        "--silent[print nothing on standard error, not even what went wrong]"
        {-q,--quiet}"[print only what went wrong]"
        {-v,--verbose}"[print also what is done meanwhile]"
        "--no-progress[no spinner, bar or percentages]"
      )
      _arguments -s -S \
        $options \
        "*: :_files" \
        && return 0
      ;;

    shell)
      options=(
        $options
        {-h,--help}"[Show this help message and exit]"
        {-a,--app}"[the application]: :_files"
        "--remote[git remote that tells the application (scalingo)]: :_files"
        {-r,--region}"[the region]: :_files"
        {-s,--size}"[the container's size\: S, M, L …]: :_files"
        "*"{-e,--env}"[a variable for the container; NAME alone takes the value from here]: :_files"
        "--timeout[stop it after that time\: seconds, or 90s, 30m, 2h]: :_files"
        "*"{-f,--file}"[upload it first, to /tmp/uploads in the container]: :_files"
        "--no-stop[leave the container alone when we end before it does]"
        "--json[print one JSON document on standard output]"
        "--format[as --json]: :(json text)"
        "--silent[print nothing on standard error, not even what went wrong]"
        {-q,--quiet}"[print only what went wrong]"
        {-v,--verbose}"[print also what is done meanwhile]"
        "--no-progress[no spinner, bar or percentages]"
      )
      _arguments -s -S \
        $options \
        "*: :_files" \
        && return 0
      ;;

    task)
      options=(
        $options
        {-h,--help}"[Show this help message and exit]"
        "*"{-a,--app}"[the application; several times\: the same in each of them]: :_files"
        "--remote[git remote that tells the application (scalingo)]: :_files"
        {-r,--region}"[the region]: :_files"
        {-s,--size}"[the container's size\: S, M, L …]: :_files"
        "*"{-e,--env}"[a variable for the container; NAME alone takes the value from here]: :_files"
        "--timeout[stop it after that time\: seconds, or 90s, 30m, 2h]: :_files"
        "*"{-f,--file}"[upload it first, to /tmp/uploads in the container]: :_files"
        "--keepalive[sign of life of a silent step, so that it is not cut for inactivity (60s; off)]: :_files"
        "--dry-run[show what would be done, and ask nothing of the platform]"
        "--width[with several applications\: how many at once (8)]: :_files"
        "--fail-fast[with several applications\: begin no more after a failure]"
        "--resume[with several applications\: what --json printed; what was well is not run again]: :_files"
        "--log[write the whole output there]: :_files"
        "--json[print one JSON document on standard output]"
        "--format[as --json]: :(json text)"
        "--silent[print nothing on standard error, not even what went wrong]"
        {-q,--quiet}"[print only what went wrong]"
        {-v,--verbose}"[print also what is done meanwhile]"
        "--no-progress[no spinner, bar or percentages]"
      )
      _arguments -s -S \
        $options \
        ": :_files" \
        "*: :_files" \
        && return 0
      ;;

    upload)
      options=(
        $options
        {-h,--help}"[Show this help message and exit]"
        {-a,--app}"[the application]: :_files"
        "--remote[git remote that tells the application (scalingo)]: :_files"
        {-r,--region}"[the region]: :_files"
        {-s,--size}"[the container's size\: S, M, L …]: :_files"
        "*"{-e,--env}"[a variable for the container; NAME alone takes the value from here]: :_files"
        "--timeout[stop it after that time\: seconds, or 90s, 30m, 2h]: :_files"
        "--keepalive[sign of life of a silent step, so that it is not cut for inactivity (60s; off)]: :_files"
        "--dry-run[show what would be done, and ask nothing of the platform]"
        "--compress[compress what is uploaded while it is sent]: :(gzip zstd)"
        "--log[write the whole output there]: :_files"
        "--json[print one JSON document on standard output]"
        "--format[as --json]: :(json text)"
        "--silent[print nothing on standard error, not even what went wrong]"
        {-q,--quiet}"[print only what went wrong]"
        {-v,--verbose}"[print also what is done meanwhile]"
        "--no-progress[no spinner, bar or percentages]"
      )
      _arguments -s -S \
        $options \
        "*: :_files" \
        && return 0
      ;;

    restore)
      options=(
        $options
        {-h,--help}"[Show this help message and exit]"
        {-a,--app}"[the application]: :_files"
        "--remote[git remote that tells the application (scalingo)]: :_files"
        {-r,--region}"[the region]: :_files"
        {-s,--size}"[the container's size\: S, M, L …]: :_files"
        "*"{-e,--env}"[a variable for the container; NAME alone takes the value from here]: :_files"
        "--timeout[stop it after that time\: seconds, or 90s, 30m, 2h]: :_files"
        "--database[the kind of database; else told by the dump]: :(postgresql mysql mongodb redis sqlite)"
        "*--check[query to run before and after, whose result is in the report]: :_files"
        "*--expect[what the --check before it must print\: a number, or lines]: :_files"
        "--confirm[the application's name again, which a protected one demands]: :_files"
        "*--protect[protect applications whose name matches this Lua pattern, beside production]: :_files"
        "--dry-run[show what would be done, and ask nothing of the platform]"
        "--compress[compress what is uploaded while it is sent]: :(gzip zstd)"
        "--log[write the whole output there]: :_files"
        "--url-variable[the container's variable that holds the database's address]: :_files"
        "--no-transaction[keep what was restored before an error (PostgreSQL)]"
        "--target[the database file in the container (SQLite)]: :_files"
        "--keepalive[sign of life of a silent step, so that it is not cut for inactivity (60s; off)]: :_files"
        "--json[print one JSON document on standard output]"
        "--format[as --json]: :(json text)"
        "--silent[print nothing on standard error, not even what went wrong]"
        {-q,--quiet}"[print only what went wrong]"
        {-v,--verbose}"[print also what is done meanwhile]"
        "--no-progress[no spinner, bar or percentages]"
      )
      _arguments -s -S \
        $options \
        ": :_files" \
        && return 0
      ;;

    list)
      options=(
        $options
        {-h,--help}"[Show this help message and exit]"
        {-a,--app}"[the application]: :_files"
        "--remote[git remote that tells the application (scalingo)]: :_files"
        {-r,--region}"[the region]: :_files"
        "--all[all of them]"
        "--json[print one JSON document on standard output]"
        "--format[as --json]: :(json text)"
        "--silent[print nothing on standard error, not even what went wrong]"
        {-q,--quiet}"[print only what went wrong]"
        {-v,--verbose}"[print also what is done meanwhile]"
        "--no-progress[no spinner, bar or percentages]"
      )
      _arguments -s -S \
        $options \
        && return 0
      ;;

    stop)
      options=(
        $options
        {-h,--help}"[Show this help message and exit]"
        {-a,--app}"[the application]: :_files"
        "--remote[git remote that tells the application (scalingo)]: :_files"
        {-r,--region}"[the region]: :_files"
        "--all[all of them]"
        "--json[print one JSON document on standard output]"
        "--format[as --json]: :(json text)"
        "--silent[print nothing on standard error, not even what went wrong]"
        {-q,--quiet}"[print only what went wrong]"
        {-v,--verbose}"[print also what is done meanwhile]"
        "--no-progress[no spinner, bar or percentages]"
      )
      _arguments -s -S \
        $options \
        "*: :_files" \
        && return 0
      ;;

    signal)
      options=(
        $options
        {-h,--help}"[Show this help message and exit]"
        {-a,--app}"[the application]: :_files"
        "--remote[git remote that tells the application (scalingo)]: :_files"
        {-r,--region}"[the region]: :_files"
        "--json[print one JSON document on standard output]"
        "--format[as --json]: :(json text)"
        "--silent[print nothing on standard error, not even what went wrong]"
        {-q,--quiet}"[print only what went wrong]"
        {-v,--verbose}"[print also what is done meanwhile]"
        "--no-progress[no spinner, bar or percentages]"
      )
      _arguments -s -S \
        $options \
        ": :_files" \
        "*: :_files" \
        && return 0
      ;;

    logs)
      options=(
        $options
        {-h,--help}"[Show this help message and exit]"
        {-a,--app}"[the application]: :_files"
        "--remote[git remote that tells the application (scalingo)]: :_files"
        {-r,--region}"[the region]: :_files"
        {-f,--follow}"[go on as lines come]"
        {-n,--lines}"[how many lines of the past (100)]: :_files"
        {-F,--filter}"[one type or container\: web, one-off-1234]: :_files"
        "--json[print one JSON document on standard output]"
        "--format[as --json]: :(json text)"
        "--silent[print nothing on standard error, not even what went wrong]"
        {-q,--quiet}"[print only what went wrong]"
        {-v,--verbose}"[print also what is done meanwhile]"
        "--no-progress[no spinner, bar or percentages]"
      )
      _arguments -s -S \
        $options \
        && return 0
      ;;

    regions)
      options=(
        $options
        {-h,--help}"[Show this help message and exit]"
        {-r,--region}"[the region]: :_files"
        "--json[print one JSON document on standard output]"
        "--format[as --json]: :(json text)"
        "--silent[print nothing on standard error, not even what went wrong]"
        {-q,--quiet}"[print only what went wrong]"
        {-v,--verbose}"[print also what is done meanwhile]"
        "--no-progress[no spinner, bar or percentages]"
      )
      _arguments -s -S \
        $options \
        && return 0
      ;;

    login-check)
      options=(
        $options
        {-h,--help}"[Show this help message and exit]"
        {-a,--app}"[the application]: :_files"
        "--remote[git remote that tells the application (scalingo)]: :_files"
        {-r,--region}"[the region]: :_files"
        "--json[print one JSON document on standard output]"
        "--format[as --json]: :(json text)"
        "--silent[print nothing on standard error, not even what went wrong]"
        {-q,--quiet}"[print only what went wrong]"
        {-v,--verbose}"[print also what is done meanwhile]"
        "--no-progress[no spinner, bar or percentages]"
      )
      _arguments -s -S \
        $options \
        && return 0
      ;;

    host)
      options=(
        $options
        {-h,--help}"[Show this help message and exit]"
        {-d,--detached}"[do not attach\: the output is in the log only]"
        "--json[print one JSON document on standard output]"
        "--format[as --json]: :(json text)"
        "--silent[print nothing on standard error, not even what went wrong]"
        {-q,--quiet}"[print only what went wrong]"
        {-v,--verbose}"[print also what is done meanwhile]"
        "--no-progress[no spinner, bar or percentages]"
      )
      _arguments -s -S \
        $options \
        "*: :_files" \
        && return 0
      ;;

    completion)
      options=(
        $options
        {-h,--help}"[Show this help message and exit]"
        "--json[print one JSON document on standard output]"
        "--format[as --json]: :(json text)"
        "--silent[print nothing on standard error, not even what went wrong]"
        {-q,--quiet}"[print only what went wrong]"
        {-v,--verbose}"[print also what is done meanwhile]"
        "--no-progress[no spinner, bar or percentages]"
      )
      _arguments -s -S \
        $options \
        ": :(bash zsh)" \
        && return 0
      ;;

    manual)
      options=(
        $options
        {-h,--help}"[Show this help message and exit]"
        "--json[print one JSON document on standard output]"
        "--format[as --json]: :(json text)"
        "--silent[print nothing on standard error, not even what went wrong]"
        {-q,--quiet}"[print only what went wrong]"
        {-v,--verbose}"[print also what is done meanwhile]"
        "--no-progress[no spinner, bar or percentages]"
      )
      _arguments -s -S \
        $options \
        && return 0
      ;;

  esac

  return 1
}

_oneoff_cmds() {
  local -a commands=(
    "run:run a command in a container"
    "shell:open a shell in a container"
    "task:run the steps that a Lua file describes"
    "upload:upload files to a container, and run a command on them"
    "restore:restore a database dump, and check it"
    "list:list the one-off containers"
    "stop:stop one-off containers"
    "signal:send a signal to one-off containers"
    "logs:print the application's log"
    "regions:list the regions of the platform"
    "login-check:say who and where we would be, and why"
    "host:start a platform on this machine, for trying"
    "completion:print the completion for a shell"
    "manual:print the manual page"
  )
  _describe "command" commands
}

_oneoff
