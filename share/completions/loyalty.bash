# loyalty.bash - completion of the options of loyalty-utils in bash: source it

_loyalty()
{
	local tool=${1##*/} word=$2 before=$3
	local filter='--programme --as-of --output --rejects --max-rejects --repeats --late --postings-only
		--unbuffered --quiet --progress --help --version'
	local options words=

	case $tool in
	loyalty-check) options='--explain --balances --max-anomalies --programme --output --quiet --progress
		--help --version' ;;
	loyalty-import) options='--map --check --output --rejects --max-rejects --unbuffered --quiet
		--help --version' ;;
	loyalty-report) options='--format --member --as-of --sort --from --through --by --any-programme
		--programme --output --progress --help --version' ;;
	loyalty-snapshot) options='--touched --onto --programme --output --progress --help --version' ;;
	loyalty-sort) options='--merge --unique --check --parts --zone --memory --tmpdir --programme --output
		--rejects --max-rejects --repeats --quiet --progress --help --version' ;;
	*) options=$filter ;;
	esac

	COMPREPLY=()
	case $before in
	--format) words='table csv tsv ndjson' ;;
	--sort) words='member balance' ;;
	--by) words=month ;;
	--late) words='reject post' ;;
	--as-of | --max-rejects | --max-anomalies | --member | --from | --through | --zone | --memory | --parts) return ;;
	loyalty-report) words='balance statement liability rules' ;;
	esac
	if [ -n "$words" ] && [[ $word != -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
	elif [[ $word == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
	elif [ "$before" = --tmpdir ]; then
		mapfile -t COMPREPLY < <(compgen -d -- "$word")
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
	fi
}

complete -o filenames -F _loyalty loyalty-check loyalty-earn loyalty-expire loyalty-import \
	loyalty-post loyalty-redeem loyalty-report loyalty-snapshot loyalty-sort loyalty-tier
