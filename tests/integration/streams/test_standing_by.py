"""One process polls under one consumer name; a second one waits for its end."""

import threading
import time

from tests.integration.streams.kit import Scene, wait_until


def test_a_second_process_of_one_name_stands_by_until_the_first_is_gone(scene: Scene) -> None:
    stop, over = threading.Event(), threading.Event()
    first = scene.started()
    first.poll_once(wait_s=0)

    def stand_by() -> None:
        scene.another().stand_by(stop)
        over.set()

    threading.Thread(target=stand_by, daemon=True).start()
    time.sleep(0.3)
    assert not over.is_set()
    first._leave()
    wait_until(over.is_set)


def test_nobody_waits_for_a_name_that_is_not_used(scene: Scene) -> None:
    scene.another().stand_by(threading.Event())
    scene.started(consumer="two").poll_once(wait_s=0)
    scene.another().stand_by(threading.Event())
