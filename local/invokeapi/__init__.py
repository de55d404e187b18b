"""The Lambda API, as awscli, boto3 and the other SDKs speak it, over the functions of one template.

Signatures are not checked and any credentials will do: whoever reaches the port may invoke. What does not fit Lambda's
shapes is refused as Lambda refuses it.
"""
