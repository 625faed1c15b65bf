"""The lab, built on the sandbox by tools that know nothing of pltui: boto3, the AWS CLI, and what `--peers` names."""
