"""What a visitor sees when something breaks: no connection, a restart, a run that failed, a link that is too wide."""

import os
import signal
from concurrent.futures.process import BrokenProcessPool

import psutil
import pytest
from playwright.sync_api import expect

from dashboard.compute import pool as runs


def test_a_lost_connection_is_said_and_comes_back(server, visit, settled):
    page = settled(visit(f"{server.url}/?population.size=600", apart=True, cut=True))
    page.context.set_offline(True)
    page.evaluate("solara.debug.dropConnection()")
    lost = page.get_by_role("alert")
    expect(lost).to_contain_text("No connection to the server. The numbers below came before it was lost")
    page.context.set_offline(False)
    expect(lost).to_have_count(0)
    page.get_by_test_id("programme.peers-number").fill("3")
    page.keyboard.press("Enter")
    page.wait_for_function("() => location.search.includes('peers=3&')")


def test_a_page_whose_levers_do_not_come_says_so(server, visit):
    page = visit("about:blank", apart=True, cut=True)
    page.route_web_socket(lambda url: True, lambda socket: socket.close(code=1013))
    page.clock.install()
    page.goto(server.url)
    page.clock.fast_forward(31_000)
    expect(page.get_by_role("alert")).to_contain_text("The levers take longer than usual")


def test_a_step_back_is_not_undone_by_what_the_server_says_of_the_place_before(server, visit):
    page = visit(f"{server.url}/?page=assumptions&population.size=600")
    expect(page.get_by_test_id("find")).to_be_visible()
    page.get_by_role("link", name="Watch a year").click()
    expect(page).to_have_title("Watch a year · Peerbridge")
    page.get_by_role("link", name="Explore").click()
    expect(page.get_by_test_id("programme.peers-number")).to_be_visible()
    page.get_by_test_id("programme.peers-number").fill("3")
    page.keyboard.press("Enter")
    page.go_back()  # at once: the server still answers to the lever
    expect(page).to_have_title("Watch a year · Peerbridge")
    page.go_back()
    expect(page).to_have_title("Assumptions and evidence · Peerbridge")
    page.go_forward()
    expect(page).to_have_title("Watch a year · Peerbridge")


def test_work_whose_process_died_is_done_once_more(monkeypatch):
    pool = runs.Pool(1)
    monkeypatch.setattr(runs, "POOL", pool)
    tried = []

    def work(times):
        def once():
            tried.append(1)
            if len(tried) <= times:
                raise BrokenProcessPool
            return "done"

        tried.clear()
        return once

    assert runs._again(work(1)) == "done" and len(tried) == 2
    with pytest.raises(runs.RunError, match="died twice"):
        runs._again(work(2))


def test_processes_that_others_have_started_anew_go_on(monkeypatch):
    class Processes:
        def shutdown(self, **_):
            raise AssertionError("these work")

    pool = runs.Pool(1)
    pool._executor, pool.started = Processes(), 2
    pool.reset(broken=1)
    assert pool._executor is not None


@pytest.mark.slow
def test_a_worker_that_is_killed_does_not_show(server, visit, settled):
    page = settled(visit(f"{server.url}/?population.size=600"))
    page.get_by_test_id("programme.peers-number").fill("17")
    page.keyboard.press("Enter")
    page.wait_for_function("() => location.search.includes('peers=17')")
    workers = [p for p in psutil.Process(server.process.pid).children(recursive=True) if not p.children()]
    os.kill(max(workers, key=lambda p: p.cpu_times().user).pid, signal.SIGKILL)
    settled(page)
    assert page.get_by_test_id("again").count() == 0


@pytest.mark.slow
def test_a_restart_keeps_the_plan_and_says_so(plain, visit, settled):
    page = settled(visit(f"{plain.url}/?peers=4&population.size=600", apart=True, cut=True))
    shown = page.get_by_test_id("card-change").inner_text()
    plain.kill()
    plain.start()
    expect(page.locator(".share")).to_contain_text(
        "Back after a restart or a long break. Your plan was kept.", timeout=120_000
    )
    assert settled(page).get_by_test_id("card-change").inner_text() == shown
    expect(page.get_by_test_id("programme.peers-number")).to_have_value("4")


def test_a_lever_moved_while_nobody_hears_is_kept(server, visit, settled):
    page = settled(visit(f"{server.url}/?population.size=600", apart=True, cut=True))
    page.context.set_offline(True)
    page.evaluate("solara.debug.dropConnection()")
    expect(page.get_by_role("alert")).to_contain_text("No connection to the server")
    page.get_by_test_id("programme.peers").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => location.search.includes('peers=7&')")
    page.context.set_offline(False)
    expect(page.get_by_role("alert")).to_have_count(0)
    settled(page)
    expect(page.get_by_test_id("programme.peers-number")).to_have_value("7")
    expect(page.get_by_test_id("budget")).not_to_contain_text("$332,000")
    page.reload()
    expect(page.get_by_test_id("programme.peers-number")).to_have_value("7")
