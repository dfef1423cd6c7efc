_oneoff() {
    local IFS=$' \t\n'
    local args cur prev cmd opts arg
    args=("${COMP_WORDS[@]}")
    cur="${COMP_WORDS[COMP_CWORD]}"
    prev="${COMP_WORDS[COMP_CWORD-1]}"
    opts="-h --help --version"

    args=("${args[@]:1}")
    for arg in "${args[@]}"; do
        case "$arg" in
            run)
                cmd="run"
                opts="$opts -h --help -a --app --remote -r --region -s --size -e --env --env-file --timeout -f --file -t --type -d --detached --wait --keepalive --tty --no-tty -n --no-input --no-stop --json --format --silent -q --quiet -v --verbose --no-progress"
                break
                ;;
            shell)
                cmd="shell"
                opts="$opts -h --help -a --app --remote -r --region -s --size -e --env --env-file --timeout -f --file --tty --no-tty --no-stop --json --format --silent -q --quiet -v --verbose --no-progress"
                break
                ;;
            task)
                cmd="task"
                opts="$opts -h --help -a --app --apps-from --remote -r --region -s --size -e --env --env-file --timeout -f --file --keepalive --dry-run --width --fail-fast --resume --log --junit --notify --json --format --silent -q --quiet -v --verbose --no-progress"
                break
                ;;
            upload)
                cmd="upload"
                opts="$opts -h --help -a --app --remote -r --region -s --size -e --env --env-file --timeout --keepalive --dry-run --compress --log --junit --notify --json --format --silent -q --quiet -v --verbose --no-progress"
                break
                ;;
            restore)
                cmd="restore"
                opts="$opts -h --help -a --app --remote -r --region -s --size -e --env --env-file --timeout --database --check --expect --before --after --confirm --protect --dry-run --compress --log --url-variable --no-verify-rows --no-analyze --no-transaction --keep-owners --keep-privileges --keep-definers --keep-replication --only-table --exclude-table-data --schema-only --data-only --list --target --keepalive --from --addon --via --backup-first --replace --atomic --client-version --junit --notify --json --format --silent -q --quiet -v --verbose --no-progress"
                break
                ;;
            backups)
                cmd="backups"
                opts="$opts -h --help -a --app --remote -r --region --addon --json --format --silent -q --quiet -v --verbose --no-progress"
                break
                ;;
            backup)
                cmd="backup"
                opts="$opts -h --help -a --app --remote -r --region --addon --download --timeout --json --format --silent -q --quiet -v --verbose --no-progress"
                break
                ;;
            list|ps)
                cmd="list"
                opts="$opts -h --help -a --app --remote -r --region --all --json --format --silent -q --quiet -v --verbose --no-progress"
                break
                ;;
            stop)
                cmd="stop"
                opts="$opts -h --help -a --app --remote -r --region --all --json --format --silent -q --quiet -v --verbose --no-progress"
                break
                ;;
            wait)
                cmd="wait"
                opts="$opts -h --help -a --app --remote -r --region --timeout --json --format --silent -q --quiet -v --verbose --no-progress"
                break
                ;;
            signal)
                cmd="signal"
                opts="$opts -h --help -a --app --remote -r --region --json --format --silent -q --quiet -v --verbose --no-progress"
                break
                ;;
            logs)
                cmd="logs"
                opts="$opts -h --help -a --app --remote -r --region -f --follow -n --lines -F --filter --json --format --silent -q --quiet -v --verbose --no-progress"
                break
                ;;
            regions)
                cmd="regions"
                opts="$opts -h --help -r --region --json --format --silent -q --quiet -v --verbose --no-progress"
                break
                ;;
            login-check)
                cmd="login-check"
                opts="$opts -h --help -a --app --remote -r --region --json --format --silent -q --quiet -v --verbose --no-progress"
                break
                ;;
            host)
                cmd="host"
                opts="$opts -h --help -d --detached --json --format --silent -q --quiet -v --verbose --no-progress"
                break
                ;;
            completion)
                cmd="completion"
                opts="$opts -h --help --json --format --silent -q --quiet -v --verbose --no-progress"
                break
                ;;
            manual)
                cmd="manual"
                opts="$opts -h --help --json --format --silent -q --quiet -v --verbose --no-progress"
                break
                ;;
            help)
                cmd="help"
                opts="$opts -h --help"
                break
                ;;
        esac
    done

    case "$cmd" in
        '')
            COMPREPLY=($(compgen -W "run shell task upload restore backups backup list ps stop wait signal logs regions login-check host completion manual help" -- "$cur"))
            ;;
        'run')
            case "$prev" in
                -a|--app)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --remote)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                -r|--region)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                -s|--size)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                -e|--env)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --env-file)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                -f|--file)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                -t|--type)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --keepalive)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "json text" -- "$cur"))
                    return 0
                    ;;
            esac

            ;;
        'shell')
            case "$prev" in
                -a|--app)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --remote)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                -r|--region)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                -s|--size)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                -e|--env)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --env-file)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                -f|--file)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "json text" -- "$cur"))
                    return 0
                    ;;
            esac

            ;;
        'task')
            case "$prev" in
                -a|--app)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --apps-from)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --remote)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                -r|--region)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                -s|--size)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                -e|--env)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --env-file)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                -f|--file)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --keepalive)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --width)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --resume)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --log)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --junit)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --notify)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "json text" -- "$cur"))
                    return 0
                    ;;
            esac

            ;;
        'upload')
            case "$prev" in
                -a|--app)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --remote)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                -r|--region)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                -s|--size)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                -e|--env)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --env-file)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --keepalive)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --compress)
                    COMPREPLY=($(compgen -W "gzip zstd" -- "$cur"))
                    return 0
                    ;;
                --log)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --junit)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --notify)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "json text" -- "$cur"))
                    return 0
                    ;;
            esac

            ;;
        'restore')
            case "$prev" in
                -a|--app)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --remote)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                -r|--region)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                -s|--size)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                -e|--env)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --env-file)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --database)
                    COMPREPLY=($(compgen -W "postgresql mysql mongodb redis sqlite" -- "$cur"))
                    return 0
                    ;;
                --check)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --expect)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --before)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --after)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --confirm)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --protect)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --compress)
                    COMPREPLY=($(compgen -W "gzip zstd" -- "$cur"))
                    return 0
                    ;;
                --log)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --url-variable)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --only-table)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --exclude-table-data)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --target)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --keepalive)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --from)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --addon)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --via)
                    COMPREPLY=($(compgen -W "container here" -- "$cur"))
                    return 0
                    ;;
                --client-version)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --junit)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --notify)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "json text" -- "$cur"))
                    return 0
                    ;;
            esac

            ;;
        'backups')
            case "$prev" in
                -a|--app)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --remote)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                -r|--region)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --addon)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "json text" -- "$cur"))
                    return 0
                    ;;
            esac

            ;;
        'backup')
            case "$prev" in
                -a|--app)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --remote)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                -r|--region)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --addon)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "json text" -- "$cur"))
                    return 0
                    ;;
            esac

            ;;
        'list')
            case "$prev" in
                -a|--app)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --remote)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                -r|--region)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "json text" -- "$cur"))
                    return 0
                    ;;
            esac

            ;;
        'stop')
            case "$prev" in
                -a|--app)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --remote)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                -r|--region)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "json text" -- "$cur"))
                    return 0
                    ;;
            esac

            ;;
        'wait')
            case "$prev" in
                -a|--app)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --remote)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                -r|--region)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "json text" -- "$cur"))
                    return 0
                    ;;
            esac

            ;;
        'signal')
            case "$prev" in
                -a|--app)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --remote)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                -r|--region)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "json text" -- "$cur"))
                    return 0
                    ;;
            esac

            ;;
        'logs')
            case "$prev" in
                -a|--app)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --remote)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                -r|--region)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                -n|--lines)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                -F|--filter)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "json text" -- "$cur"))
                    return 0
                    ;;
            esac

            ;;
        'regions')
            case "$prev" in
                -r|--region)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "json text" -- "$cur"))
                    return 0
                    ;;
            esac

            ;;
        'login-check')
            case "$prev" in
                -a|--app)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --remote)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                -r|--region)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "json text" -- "$cur"))
                    return 0
                    ;;
            esac

            ;;
        'host')
            case "$prev" in
                --format)
                    COMPREPLY=($(compgen -W "json text" -- "$cur"))
                    return 0
                    ;;
            esac

            ;;
        'completion')
            case "$prev" in
                --format)
                    COMPREPLY=($(compgen -W "json text" -- "$cur"))
                    return 0
                    ;;
            esac

            ;;
        'manual')
            case "$prev" in
                --format)
                    COMPREPLY=($(compgen -W "json text" -- "$cur"))
                    return 0
                    ;;
            esac

            ;;
        'help')
            COMPREPLY=($(compgen -W "run shell task upload restore backups backup list ps stop wait signal logs regions login-check host completion manual help" -- "$cur"))
            ;;
    esac

    if [[ "$cur" = -* ]]; then
        COMPREPLY=($(compgen -W "$opts" -- "$cur"))
    fi
}

complete -F _oneoff -o bashdefault -o default oneoff
