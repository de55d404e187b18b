"""A stack by CloudFormation: the zips go to a bucket, the template to a change set, which a person sees first."""
