"""Faults that the emulator injects on purpose: `./recours up --fault KIND[:PROBABILITY[:DETAIL]][@FUNCTION]`.

grammar   what may be asked for, and what was
settings  how the supervisor tells its processes, and how they are told to begin and to stop
dice      whether a fault strikes now
process   what an entry module of the emulator calls; `injected`, where there are any faults:
crashes     around the steps of adapters
batches     around the invocation of a batch
http        around the answering of a request

The deployed code holds nothing of it: adapters are wrapped from outside, at the start of a process.
"""
