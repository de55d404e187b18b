"""A stack by the services' own calls, at LocalStack or any endpoint like it.

Each module makes one kind of resource: it looks at what is there, changes what differs, and tells what it did.
"""
