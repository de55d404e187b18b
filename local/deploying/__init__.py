"""Deploying what `./recours package` made.

`localstack` makes each resource by the services' own calls, on any endpoint like LocalStack's; `aws` hands the template
to CloudFormation. Both start from `zips` (the code) and `values` (the template's parameters); `wanted` is what the
template comes to once those are known, `changes` what became of each resource.
"""
