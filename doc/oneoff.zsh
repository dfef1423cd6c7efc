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
        "--remote[the git remote that names the application (scalingo)]: :_files"
        {-r,--region}"[the region]: :_files"
        {-s,--size}"[the size of the container\: S, M, L …]: :_files"
        "*"{-e,--env}"[set a variable in the container; NAME alone copies the variable from here]: :_files"
        "*--env-file[set the variables of this file, lines NAME=VALUE or NAME, each value as it is; --env is stronger]: :_files"
        "--timeout[stop the container after this time\: seconds, or 90s, 30m, 2h, 1d]: :_files"
        "*"{-f,--file}"[upload this file first, to /tmp/uploads in the container]: :_files"
        {-t,--type}"[run the command of this process type of the Procfile; COMMAND is appended to it]: :_files"
        {-d,--detached}"[start the container and return; its output goes to the application's log only]"
        "--wait[with --detached\: print the log until the container ends, and end with the exit code of the command]"
        "--keepalive[run the command as a task of one step\: its output has no terminal codes, and a heartbeat is sent at this interval while it prints nothing]: :_files"
        "--tty[give the command a terminal, also where its input or output here is a pipe or a file]"
        "--no-tty[change no byte of the output, also where it is printed on a terminal]"
        {-n,--no-input}"[read no standard input\: the command's input is empty]"
        "--no-stop[do not stop the container when oneoff ends before its command does]"
        "--json[print one JSON document on standard output]"
        "--format[json is the same as --json (json, text)]: :(json text)"
        "--silent[print nothing on standard error, not even errors]"
        {-q,--quiet}"[print only errors on standard error]"
        {-v,--verbose}"[print more about what oneoff does]"
        "--no-progress[print no spinner, bar or percentages]"
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
        "--remote[the git remote that names the application (scalingo)]: :_files"
        {-r,--region}"[the region]: :_files"
        {-s,--size}"[the size of the container\: S, M, L …]: :_files"
        "*"{-e,--env}"[set a variable in the container; NAME alone copies the variable from here]: :_files"
        "*--env-file[set the variables of this file, lines NAME=VALUE or NAME, each value as it is; --env is stronger]: :_files"
        "--timeout[stop the container after this time\: seconds, or 90s, 30m, 2h, 1d]: :_files"
        "*"{-f,--file}"[upload this file first, to /tmp/uploads in the container]: :_files"
        "--tty[give the command a terminal, also where its input or output here is a pipe or a file]"
        "--no-tty[change no byte of the output, also where it is printed on a terminal]"
        "--no-stop[do not stop the container when oneoff ends before its command does]"
        "--json[print one JSON document on standard output]"
        "--format[json is the same as --json (json, text)]: :(json text)"
        "--silent[print nothing on standard error, not even errors]"
        {-q,--quiet}"[print only errors on standard error]"
        {-v,--verbose}"[print more about what oneoff does]"
        "--no-progress[print no spinner, bar or percentages]"
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
        "*"{-a,--app}"[the application; with several, or a pattern as 'review-*', the task runs in each]: :_files"
        "*--apps-from[run the task in each application of this file\: a name or a pattern a line]: :_files"
        "--remote[the git remote that names the application (scalingo)]: :_files"
        {-r,--region}"[the region]: :_files"
        {-s,--size}"[the size of the container\: S, M, L …]: :_files"
        "*"{-e,--env}"[set a variable in the container; NAME alone copies the variable from here]: :_files"
        "*--env-file[set the variables of this file, lines NAME=VALUE or NAME, each value as it is; --env is stronger]: :_files"
        "--timeout[stop the container after this time\: seconds, or 90s, 30m, 2h, 1d]: :_files"
        "*"{-f,--file}"[upload this file first, to /tmp/uploads in the container]: :_files"
        "--keepalive[while a step prints nothing, send a heartbeat at this interval, so that the platform does not stop it for inactivity (60s; off)]: :_files"
        "--dry-run[show what would be done; ask nothing of the platform]"
        "--width[with several applications\: how many at the same time (8)]: :_files"
        "--fail-fast[with several applications\: start no more after a failure]"
        "--resume[with several applications\: the --json output of an earlier run; jobs that succeeded are not run again]: :_files"
        "--log[write all output to this file]: :_files"
        "--junit[write the steps as test cases to this file, for a CI system]: :_files"
        "--notify[send the JSON document there in one POST; a failure of it changes no exit status]: :_files"
        "--json[print one JSON document on standard output]"
        "--format[json is the same as --json (json, text)]: :(json text)"
        "--silent[print nothing on standard error, not even errors]"
        {-q,--quiet}"[print only errors on standard error]"
        {-v,--verbose}"[print more about what oneoff does]"
        "--no-progress[print no spinner, bar or percentages]"
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
        "--remote[the git remote that names the application (scalingo)]: :_files"
        {-r,--region}"[the region]: :_files"
        {-s,--size}"[the size of the container\: S, M, L …]: :_files"
        "*"{-e,--env}"[set a variable in the container; NAME alone copies the variable from here]: :_files"
        "*--env-file[set the variables of this file, lines NAME=VALUE or NAME, each value as it is; --env is stronger]: :_files"
        "--timeout[stop the container after this time\: seconds, or 90s, 30m, 2h, 1d]: :_files"
        "--keepalive[while a step prints nothing, send a heartbeat at this interval, so that the platform does not stop it for inactivity (60s; off)]: :_files"
        "--dry-run[show what would be done; ask nothing of the platform]"
        "--compress[compress the files while they are uploaded (gzip, zstd)]: :(gzip zstd)"
        "--log[write all output to this file]: :_files"
        "--junit[write the steps as test cases to this file, for a CI system]: :_files"
        "--notify[send the JSON document there in one POST; a failure of it changes no exit status]: :_files"
        "--json[print one JSON document on standard output]"
        "--format[json is the same as --json (json, text)]: :(json text)"
        "--silent[print nothing on standard error, not even errors]"
        {-q,--quiet}"[print only errors on standard error]"
        {-v,--verbose}"[print more about what oneoff does]"
        "--no-progress[print no spinner, bar or percentages]"
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
        "--remote[the git remote that names the application (scalingo)]: :_files"
        {-r,--region}"[the region]: :_files"
        {-s,--size}"[the size of the container\: S, M, L …]: :_files"
        "*"{-e,--env}"[set a variable in the container; NAME alone copies the variable from here]: :_files"
        "*--env-file[set the variables of this file, lines NAME=VALUE or NAME, each value as it is; --env is stronger]: :_files"
        "--timeout[stop the container after this time\: seconds, or 90s, 30m, 2h, 1d]: :_files"
        "--database[the kind of database; by default the dump tells it (postgresql, mysql, mongodb, redis, sqlite)]: :(postgresql mysql mongodb redis sqlite)"
        "*--check[a query to run before and after the restore; the report has both results]: :_files"
        "*--expect[the result that the --check before it must have\: a number, or lines]: :_files"
        "*--before[run before the restore\: SQL, a file of SQL, or !COMMAND; a text with a space or a ; is SQL]: :_files"
        "*--after[the same after the restore\: anonymise, migrate; the checks come after it]: :_files"
        "--confirm[the application's name again; needed for a protected application]: :_files"
        "*--protect[protect applications whose name matches this Lua pattern; production is always protected]: :_files"
        "--dry-run[show what would be done; ask nothing of the platform]"
        "--compress[compress the files while they are uploaded (gzip, zstd)]: :(gzip zstd)"
        "--log[write all output to this file]: :_files"
        "--url-variable[the container's variable with the URL of the database]: :_files"
        "--no-verify-rows[do not compare the rows of each table with those of the dump]"
        "--no-analyze[PostgreSQL\: no ANALYZE at the end]"
        "--no-transaction[PostgreSQL\: after an error, keep what was restored before it]"
        "--keep-owners[PostgreSQL\: restore owners too, which are left out by default]"
        "--keep-privileges[restore GRANT and REVOKE too, which are left out by default]"
        "--keep-definers[MySQL\: restore DEFINER too, which is left out by default]"
        "--keep-replication[restore publications, subscriptions, GTID and SQL_LOG_BIN too, which are left out by default]"
        "*--only-table[only this table, and what belongs to it\: users, public.users, 'log_*']: :_files"
        "*--exclude-table-data[no rows of this table]: :_files"
        "--schema-only[no rows, only the structure]"
        "--data-only[only rows, for tables that are there]"
        "--list[only list the tables of DUMP with their rows, on this machine]"
        "--target[SQLite\: the path of the database file in the container]: :_files"
        "--keepalive[while a step prints nothing, send a heartbeat at this interval, so that the platform does not stop it for inactivity (60s; off)]: :_files"
        "--from[instead of DUMP\: the newest backup that is done of this application, or APP\:\:BACKUP for that one; latest is of the application itself]: :_files"
        "--addon[the database\: the id of the add-on, or its kind as postgresql; needed where the application has several]: :_files"
        "--via[with --from\: the container fetches the backup by itself, or it is downloaded here, looked at and uploaded (container) (container, here)]: :(container here)"
        "--backup-first[first make a backup of the database that is restored into, and wait until it is done]"
        "--replace[empty the database first; --confirm APP is demanded with it]"
        "--atomic[PostgreSQL\: the SQL before and after, the comparison of rows and the checks are in the restore's transaction\: what fails leaves the database as it was]"
        "--client-version[of the client programs that the platform's dbclient-fetcher is to fetch]: :_files"
        "--junit[write the steps as test cases to this file, for a CI system]: :_files"
        "--notify[send the JSON document there in one POST; a failure of it changes no exit status]: :_files"
        "--json[print one JSON document on standard output]"
        "--format[json is the same as --json (json, text)]: :(json text)"
        "--silent[print nothing on standard error, not even errors]"
        {-q,--quiet}"[print only errors on standard error]"
        {-v,--verbose}"[print more about what oneoff does]"
        "--no-progress[print no spinner, bar or percentages]"
      )
      _arguments -s -S \
        $options \
        ": :_files" \
        && return 0
      ;;

    backups)
      options=(
        $options
        {-h,--help}"[Show this help message and exit]"
        {-a,--app}"[the application]: :_files"
        "--remote[the git remote that names the application (scalingo)]: :_files"
        {-r,--region}"[the region]: :_files"
        "--addon[the database\: the id of the add-on, or its kind as postgresql; needed where the application has several]: :_files"
        "--json[print one JSON document on standard output]"
        "--format[json is the same as --json (json, text)]: :(json text)"
        "--silent[print nothing on standard error, not even errors]"
        {-q,--quiet}"[print only errors on standard error]"
        {-v,--verbose}"[print more about what oneoff does]"
        "--no-progress[print no spinner, bar or percentages]"
      )
      _arguments -s -S \
        $options \
        && return 0
      ;;

    backup)
      options=(
        $options
        {-h,--help}"[Show this help message and exit]"
        {-a,--app}"[the application]: :_files"
        "--remote[the git remote that names the application (scalingo)]: :_files"
        {-r,--region}"[the region]: :_files"
        "--addon[the database\: the id of the add-on, or its kind as postgresql; needed where the application has several]: :_files"
        "--download[download the backup when it is done, to this file or folder; by default to its own name, NAME.tar.gz]: :_files"
        "--timeout[wait no longer than this for the backup\: seconds, or 90s, 30m, 2h (1h)]: :_files"
        "--json[print one JSON document on standard output]"
        "--format[json is the same as --json (json, text)]: :(json text)"
        "--silent[print nothing on standard error, not even errors]"
        {-q,--quiet}"[print only errors on standard error]"
        {-v,--verbose}"[print more about what oneoff does]"
        "--no-progress[print no spinner, bar or percentages]"
      )
      _arguments -s -S \
        $options \
        ": :_files" \
        && return 0
      ;;

    list|ps)
      options=(
        $options
        {-h,--help}"[Show this help message and exit]"
        {-a,--app}"[the application]: :_files"
        "--remote[the git remote that names the application (scalingo)]: :_files"
        {-r,--region}"[the region]: :_files"
        "--all[containers of every type, not only one-off]"
        "--json[print one JSON document on standard output]"
        "--format[json is the same as --json (json, text)]: :(json text)"
        "--silent[print nothing on standard error, not even errors]"
        {-q,--quiet}"[print only errors on standard error]"
        {-v,--verbose}"[print more about what oneoff does]"
        "--no-progress[print no spinner, bar or percentages]"
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
        "--remote[the git remote that names the application (scalingo)]: :_files"
        {-r,--region}"[the region]: :_files"
        "--all[all one-off containers of the application]"
        "--json[print one JSON document on standard output]"
        "--format[json is the same as --json (json, text)]: :(json text)"
        "--silent[print nothing on standard error, not even errors]"
        {-q,--quiet}"[print only errors on standard error]"
        {-v,--verbose}"[print more about what oneoff does]"
        "--no-progress[print no spinner, bar or percentages]"
      )
      _arguments -s -S \
        $options \
        "*: :_files" \
        && return 0
      ;;

    wait)
      options=(
        $options
        {-h,--help}"[Show this help message and exit]"
        {-a,--app}"[the application]: :_files"
        "--remote[the git remote that names the application (scalingo)]: :_files"
        {-r,--region}"[the region]: :_files"
        "--timeout[wait no longer than this\: seconds, or 90s, 30m, 2h; the container goes on]: :_files"
        "--json[print one JSON document on standard output]"
        "--format[json is the same as --json (json, text)]: :(json text)"
        "--silent[print nothing on standard error, not even errors]"
        {-q,--quiet}"[print only errors on standard error]"
        {-v,--verbose}"[print more about what oneoff does]"
        "--no-progress[print no spinner, bar or percentages]"
      )
      _arguments -s -S \
        $options \
        ": :_files" \
        && return 0
      ;;

    signal)
      options=(
        $options
        {-h,--help}"[Show this help message and exit]"
        {-a,--app}"[the application]: :_files"
        "--remote[the git remote that names the application (scalingo)]: :_files"
        {-r,--region}"[the region]: :_files"
        "--json[print one JSON document on standard output]"
        "--format[json is the same as --json (json, text)]: :(json text)"
        "--silent[print nothing on standard error, not even errors]"
        {-q,--quiet}"[print only errors on standard error]"
        {-v,--verbose}"[print more about what oneoff does]"
        "--no-progress[print no spinner, bar or percentages]"
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
        "--remote[the git remote that names the application (scalingo)]: :_files"
        {-r,--region}"[the region]: :_files"
        {-f,--follow}"[print new lines as they come]"
        {-n,--lines}"[how many of the latest lines to print (100)]: :_files"
        {-F,--filter}"[only this process type or container\: web, one-off-1234]: :_files"
        "--json[print one JSON document on standard output]"
        "--format[json is the same as --json (json, text)]: :(json text)"
        "--silent[print nothing on standard error, not even errors]"
        {-q,--quiet}"[print only errors on standard error]"
        {-v,--verbose}"[print more about what oneoff does]"
        "--no-progress[print no spinner, bar or percentages]"
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
        "--format[json is the same as --json (json, text)]: :(json text)"
        "--silent[print nothing on standard error, not even errors]"
        {-q,--quiet}"[print only errors on standard error]"
        {-v,--verbose}"[print more about what oneoff does]"
        "--no-progress[print no spinner, bar or percentages]"
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
        "--remote[the git remote that names the application (scalingo)]: :_files"
        {-r,--region}"[the region]: :_files"
        "--json[print one JSON document on standard output]"
        "--format[json is the same as --json (json, text)]: :(json text)"
        "--silent[print nothing on standard error, not even errors]"
        {-q,--quiet}"[print only errors on standard error]"
        {-v,--verbose}"[print more about what oneoff does]"
        "--no-progress[print no spinner, bar or percentages]"
      )
      _arguments -s -S \
        $options \
        && return 0
      ;;

    host)
      options=(
        $options
        {-h,--help}"[Show this help message and exit]"
        {-d,--detached}"[keep it running in the background]"
        "--json[print one JSON document on standard output]"
        "--format[json is the same as --json (json, text)]: :(json text)"
        "--silent[print nothing on standard error, not even errors]"
        {-q,--quiet}"[print only errors on standard error]"
        {-v,--verbose}"[print more about what oneoff does]"
        "--no-progress[print no spinner, bar or percentages]"
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
        "--format[json is the same as --json (json, text)]: :(json text)"
        "--silent[print nothing on standard error, not even errors]"
        {-q,--quiet}"[print only errors on standard error]"
        {-v,--verbose}"[print more about what oneoff does]"
        "--no-progress[print no spinner, bar or percentages]"
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
        "--format[json is the same as --json (json, text)]: :(json text)"
        "--silent[print nothing on standard error, not even errors]"
        {-q,--quiet}"[print only errors on standard error]"
        {-v,--verbose}"[print more about what oneoff does]"
        "--no-progress[print no spinner, bar or percentages]"
      )
      _arguments -s -S \
        $options \
        && return 0
      ;;

    help)
      options=(
        $options
        {-h,--help}"[Show this help message and exit]"
      )
      _arguments -s -S \
        $options \
        ": :(run shell task upload restore backups backup list ps stop wait signal logs regions login-check host completion manual help)" \
        && return 0
      ;;

  esac

  return 1
}

_oneoff_cmds() {
  local -a commands=(
    "run:run a command in a one-off container"
    "shell:open a shell in a one-off container"
    "task:run the steps that a Lua file describes"
    "upload:upload files to a one-off container, and run a command on them"
    "restore:restore a database dump, and check the result"
    "backups:list the backups of an application's database, the newest first"
    "backup:make a backup of an application's database, and wait for its end"
    {list,ps}":list the one-off containers of an application"
    "stop:stop one-off containers"
    "wait:wait for the end of a detached container, and end with its command's exit code"
    "signal:send a signal to one-off containers"
    "logs:print the log of an application"
    "regions:list the regions of the platform"
    "login-check:show the account, region and application in use, and where each setting comes from"
    "host:start a local platform on this machine, to try oneoff"
    "completion:print the completion script for a shell"
    "manual:print the manual page"
    "help:show the help of a command"
  )
  _describe "command" commands
}

_oneoff
