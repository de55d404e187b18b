"""The poller: reads a group, invokes a function, acknowledges what succeeded, parks what fails for good.

Delivery is at least once, in order for one key (the claim), in lanes side by side. What failed is delivered again with
back-off, and later entries of its key wait behind it while all others go on. Nothing is acknowledged that was not done
or parked.
"""

import logging
import threading
import zlib
from collections.abc import Callable, Sequence

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from streams.clock import Clock, SystemClock
from streams.entry import Entry
from streams.errors import MappingError
from streams.group.consumer_group import Checkpoints, ConsumerGroup
from streams.group.heartbeat import Heartbeat
from streams.group.source import GroupSource
from streams.invoking.invocation import Invocation, Invoke, PlainInvocation
from streams.invoking.windowed import WindowedInvocation
from streams.lanes.attempt import backoff_s
from streams.lanes.lane import Lane
from streams.lanes.report import NOTHING, PollReport
from streams.lanes.runner import LaneRunner
from streams.lanes.threads import LaneThreads
from streams.mapping import EventSourceMapping
from streams.notices.destinations import Destination
from streams.notices.failure_notices import FailureNotices
from streams.parking.place import ParkingPlace

logger = logging.getLogger(__name__)

BLOCK_S = 0.5
FULL_S = 0.01
FRESH_BATCHES_MAX = 20  # so many batches a lane are read ahead; what waits in the stream needs no memory of ours
# What waits because it failed, or behind what failed, must not keep us from reading what does not wait.
HELD_ENTRIES_MAX = 50_000
HELD_BYTES_MAX = 128 * 1024 * 1024
IDLE_MS_MIN = 60_000  # without a heartbeat for so long, a consumer is taken for dead
LOOK_EVERY_S = 1.0
TIDY_EVERY_S = 5.0

Observe = Callable[[PollReport], None]


class Poller:
    """One consumer of a mapping.

    redis        a client; from here on it repeats no command by itself: what is lost is taken up again in order
    invoke       runs the function with a batch; called by at most `mapping.lanes` threads at once. It raises what the
                 function raised: FunctionError tells more of it, ThrottledError that it was not invoked
    consumer     this poller's name within the group; one name is used by one process at a time
    observe      is told of every turn, also an idle one
    checkpoints  where the group's checkpoint is kept beside the server itself
    destination  is told of what was parked after it failed
    idle_ms_min  after so many milliseconds without a heartbeat another consumer's entries are taken over
    """

    def __init__(
        self,
        redis: Redis,
        mapping: EventSourceMapping,
        invoke: Invoke,
        *,
        consumer: str,
        observe: Observe | None = None,
        clock: Clock | None = None,
        checkpoints: Checkpoints | None = None,
        destination: Destination | None = None,
        idle_ms_min: int = IDLE_MS_MIN,
    ) -> None:
        # A command that redis-py repeats by itself because its answer was lost would read the next entries, and leave
        # those of the lost answer pending, unknown to us.
        redis.set_retry(Retry(NoBackoff(), 0))
        self._redis = redis
        self._mapping = mapping
        self._clock = clock or SystemClock()
        _check_starting_timestamp(mapping, self._clock)
        self._invoke = invoke
        self._observe: Observe = observe or _nobody
        self._idle_ms_min = idle_ms_min
        self._consumer = consumer
        self._source = GroupSource(redis, mapping, consumer)
        self._group = ConsumerGroup(redis, mapping, checkpoints)
        self._parking = ParkingPlace(redis, mapping, consumer, self._clock)
        self._notices = FailureNotices(mapping, destination, self._clock) if destination else None
        self._heartbeat: Heartbeat | None = None  # beats while `run` works
        self._lanes: list[LaneRunner] = []
        self._invocation: Invocation = PlainInvocation(mapping, invoke, self._source.acknowledge)
        self._looked_at_s = self._tidied_at_s = float("-inf")
        self._others_left_some = False

    def run(self, stop: threading.Event) -> None:
        """Poll until `stop`. A server that is away is waited for; EntriesLostError ends it."""
        failures = 0
        while not stop.is_set():
            try:
                self.start()
                failures = 0
                self._work(stop)
            except (RedisConnectionError, RedisTimeoutError, ResponseError) as error:
                # What was done and not acknowledged comes again; functions have their effect once.
                failures += 1
                facts = {"group": self._mapping.group, "error": str(error)}
                logger.warning("the stream's server does not answer", extra=facts)
                stop.wait(min(backoff_s(failures), 2.0))
        self._leave()

    def stand_by(self, stop: threading.Event) -> None:
        """Return once no other process polls under our consumer name: two at once would mix up a key's order."""
        why = None
        while not stop.is_set() and (found := self._why_stand_by()):
            if found != why:
                logger.warning(found, extra={"group": self._mapping.group, "consumer": self._consumer})
            why = found
            stop.wait(LOOK_EVERY_S)

    def _why_stand_by(self) -> str | None:
        try:
            is_heard = self._group.is_heard(self._consumer, self._idle_ms_min // 3)
        except (RedisConnectionError, RedisTimeoutError) as error:
            return f"the stream's server does not answer: {error}"
        return "another process polls under this name; standing by" if is_heard else None

    def start(self) -> None:
        """Make sure of the group and take over everything that is pending, so that order holds from the first turn."""
        self._group.ensure()
        self._group.check_nothing_lost()
        self._invocation = self._new_invocation()
        self._lanes = [self._new_lane() for _ in range(self._mapping.lanes)]
        parked = self._parking.keys()
        for lane in self._lanes:
            lane.hold_parked(parked)
        self._take_in(self._source.pending(self._idle_ms_min), LaneRunner.restore)
        self._looked_at_s = self._tidied_at_s = float("-inf")
        self._others_left_some = False

    def poll_once(self, wait_s: float = BLOCK_S) -> PollReport:
        """One turn in this thread: what is due, else what is new within `wait_s`."""
        self._look_after()
        report = self._turn_lanes()
        if not report.attempted:
            report += self._read(min([wait_s, *self._due_s()]))
            report += self._turn_lanes()
            self._close_window(report)
        elif report.attempted == report.redelivered:
            report += self._read(0)  # what is new does not wait for what fails
        self._observe(report)
        return report

    def _work(self, stop: threading.Event) -> None:
        heartbeat = self._heartbeat = Heartbeat(self._source, self._idle_ms_min)
        heartbeat.start()
        try:
            if self._mapping.lanes == 1:
                self._work_alone(stop)
            else:
                self._work_side_by_side(stop)
        finally:
            heartbeat.stop()
            self._heartbeat = None

    def _work_alone(self, stop: threading.Event) -> None:
        while not stop.is_set() and not self._must_start_again():
            self.poll_once()

    def _work_side_by_side(self, stop: threading.Event) -> None:
        threads = LaneThreads(self._lanes, self._observe, self._is_late)
        threads.start()
        try:
            while not stop.is_set() and not self._must_start_again():
                threads.check()
                self._look_after()
                self._observe(self._read(BLOCK_S))
        finally:
            threads.stop()
        threads.check()

    def _must_start_again(self) -> bool:
        """Whether others may have taken over what is ours, or left something for us."""
        return self._is_late() or self._others_left_some

    def _is_late(self) -> bool:
        """Whether this process stood still so long that what it holds may be another's by now."""
        heartbeat = self._heartbeat
        return heartbeat is not None and heartbeat.was_late

    def _turn_lanes(self) -> PollReport:
        report = NOTHING
        for lane in self._lanes:
            if self._is_late():  # asked before every turn: reading, too, may take any time
                break
            report += lane.turn()
        return report

    def _close_window(self, report: PollReport) -> None:
        """End a window whose time is over, once nothing of it waits here or is still to be read."""
        is_all_read = not report.attempted and report.filtered < self._count() and not any(map(len, self._lanes))
        if is_all_read and isinstance(self._invocation, WindowedInvocation):
            self._invocation.close_if_over()

    def _read(self, wait_s: float) -> PollReport:
        """Read what is new within `wait_s` and give it to the lanes; wait a moment where there is no room."""
        if not self._has_room():
            self._clock.sleep(min(max(wait_s, 0.001), FULL_S))
            return NOTHING
        return PollReport(filtered=self._take_in(self._source.read_new(self._count(), int(wait_s * 1000))))

    def _has_room(self) -> bool:
        fresh = sum(lane.fresh for lane in self._lanes)
        if fresh >= FRESH_BATCHES_MAX * self._mapping.batch_size * self._mapping.lanes:
            return False
        held_bytes = sum(lane.held_bytes for lane in self._lanes)
        return sum(map(len, self._lanes)) < HELD_ENTRIES_MAX and held_bytes < HELD_BYTES_MAX

    def _due_s(self) -> list[float]:
        return [due_s for lane in self._lanes if (due_s := lane.next_due_s()) is not None]

    def _count(self) -> int:
        return min(self._mapping.batch_size * self._mapping.lanes, 10_000)

    def _take_in(
        self,
        entries: Sequence[Entry],
        give: Callable[[LaneRunner, Sequence[Entry]], None] = LaneRunner.offer,
    ) -> int:
        """Give entries to their lanes; acknowledge those that the filters keep out, and return how many."""
        wanted = [entry for entry in entries if self._is_wanted(entry)]
        if len(wanted) < len(entries):
            kept = {entry.entry_id for entry in wanted}
            self._source.acknowledge(entry.entry_id for entry in entries if entry.entry_id not in kept)
        if len(self._lanes) == 1:
            give(self._lanes[0], wanted)
        else:
            for number, lane in enumerate(self._lanes):
                give(lane, [entry for entry in wanted if self._lane_of(entry.key) == number])
        return len(entries) - len(wanted)

    def _is_wanted(self, entry: Entry) -> bool:
        """By the filters; what is not readable goes to the function, which reports it: a filter must not lose it."""
        if "unreadable" in entry.event:
            return True
        record = {
            "eventID": entry.entry_id,
            "stream": self._mapping.stream,
            "group": self._mapping.group,
            "event": entry.event,
        }
        return self._mapping.filters.matches(record)

    def _lane_of(self, key: str) -> int:
        return zlib.crc32(key.encode()) % self._mapping.lanes

    def _look_after(self) -> None:
        """What is done beside reading and invoking, now and then."""
        now_s = self._clock.monotonic_s()
        if now_s - self._looked_at_s < LOOK_EVERY_S:
            return
        self._looked_at_s = now_s
        self._ask_for_retries()
        self._group.save_checkpoint()
        if now_s - self._tidied_at_s >= TIDY_EVERY_S:
            self._tidied_at_s = now_s
            self._group.check_nothing_lost()
            self._group.remove_idle_consumers(self._idle_ms_min, but=self._consumer)
            self._others_left_some = self._source.others_left_some(self._idle_ms_min)

    def _ask_for_retries(self) -> None:
        asked = self._parking.requested_keys()
        for number, lane in enumerate(self._lanes if asked else []):
            lane.ask(key for key in asked if self._lane_of(key) == number)

    def _new_lane(self) -> LaneRunner:
        lane = Lane(self._mapping, self._clock)
        return LaneRunner(
            lane,
            self._source,
            self._parking,
            self._invocation,
            batch_size=self._mapping.batch_size,
            told=self._notices,
        )

    def _new_invocation(self) -> Invocation:
        if self._mapping.tumbling_window_s:
            return WindowedInvocation(self._redis, self._mapping, self._invoke, self._clock)
        return PlainInvocation(self._mapping, self._invoke, self._source.acknowledge)

    def _leave(self) -> None:
        """Leave the group tidy. What is still pending is ours when we come back, or another's after a while."""
        try:
            self._group.save_checkpoint()
            self._group.remove_consumer(self._consumer)
        except (RedisConnectionError, RedisTimeoutError, ResponseError) as error:
            logger.warning("the group was left as it was", extra={"group": self._mapping.group, "error": str(error)})


def _check_starting_timestamp(mapping: EventSourceMapping, clock: Clock) -> None:
    """Raise MappingError for a time to come, as Lambda does: the reader of a template has no clock."""
    timestamp_ms = mapping.starting_timestamp_ms
    if timestamp_ms is not None and timestamp_ms > clock.now_ms():
        raise MappingError(f"{mapping.function}: StartingPositionTimestamp must not be in the future")


def _nobody(report: PollReport) -> None:
    """Nobody observes."""
