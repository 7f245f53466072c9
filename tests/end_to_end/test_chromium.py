"""A real browser: what a page of another site cannot do to a running fleet, and what a page of this machine can."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.chromium import Chromium, Page, PageError, running_chromium
from tests.end_to_end.bundles import bundle
from tests.processes import Running, running_fleet

pytestmark = pytest.mark.timeout(300)

XHTML = "http://www.w3.org/1999/xhtml"  # in an answer that is XML, elements are not HTML's by themselves
EVIL = "evil.test"
REBOUND = "rebound.test"
HTML = "text/html; charset=utf-8"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """A browser for which the strangers' names lead to this machine, as they do once they have been rebound."""
    with ExitStack() as stack:
        names = dict.fromkeys((EVIL, REBOUND), "127.0.0.1")
        try:
            running = stack.enter_context(running_chromium(tmp_path_factory.mktemp("chromium"), names))
        except FileNotFoundError as error:
            pytest.skip(str(error))
        yield running


@pytest.fixture(scope="module")
def application() -> str:
    """The page's script with the SDKs in it, in one file, made once and kept below `.cache`."""
    return bundle("browser.mjs").read_text()


@pytest.fixture(scope="module")
def site(request: pytest.FixtureRequest) -> Iterator[int]:
    """A web server for whatever host name it is called by: an empty page, and the application's script. Its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            script = self.path == "/application.js"
            body = (request.getfixturevalue("application") if script else "<title>a page</title>").encode()
            self.send_response(200)
            self.send_header("content-type", "text/javascript; charset=utf-8" if script else HTML)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            with suppress(ConnectionError):  # the page may be gone by now
                self.wfile.write(body)

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield int(server.server_address[1])
        server.shutdown()


@dataclass(frozen=True)
class Target:
    """A fleet with something in it that an attack would destroy or read."""

    fleet: Running

    @property
    def port(self) -> int:
        return self.fleet.port

    def fill(self) -> None:
        self.fleet.client("sqs").create_queue(QueueName="victim")
        dynamodb, s3 = self.fleet.client("dynamodb"), self.fleet.client("s3")
        dynamodb.create_table(
            TableName="victim",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        )
        dynamodb.put_item(TableName="victim", Item={"id": {"S": "a secret"}})
        s3.create_bucket(Bucket="victim")
        s3.put_object(Bucket="victim", Key="key", Body=b"a secret")

    def is_whole(self) -> bool:
        queues = self.fleet.client("sqs").list_queues().get("QueueUrls", [])
        tables = self.fleet.client("dynamodb").list_tables()["TableNames"]
        s3 = self.fleet.client("s3")
        objects = [
            found["Key"]
            for bucket in s3.list_buckets()["Buckets"]
            for found in s3.list_objects_v2(Bucket=bucket["Name"]).get("Contents", [])
        ]
        return (len(queues), tables, objects) == (1, ["victim"], ["key"])


@contextmanager
def target(folder: Path, **environment: str) -> Iterator[Target]:
    with running_fleet(folder, environment=environment) as fleet:
        made = Target(fleet)
        made.fill()
        assert made.is_whole()
        yield made


@pytest.fixture(scope="module")
def victim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with target(tmp_path_factory.mktemp("victim")) as made:
        yield made


def image(page: Page, url: str) -> None:
    page.do(f"const i = new Image(); await new Promise(r => {{ i.onload = i.onerror = r; i.src = '{url}'; }})")


def send(page: Page, url: str, options: str) -> Any:
    """A request by `fetch`: the answer's text where the page may see it, else why it cannot."""
    return page.do(
        f"try {{ const a = await fetch('{url}', {options}); return a.type === 'opaque' ? 'opaque' : await a.text(); }}"
        " catch (error) { return error.name; }"
    )


def submit(page: Page, url: str, method: str, fields: Mapping[str, str], kind: str) -> None:
    page.do(
        f"const make = (name, given) => Object.assign(document.createElementNS('{XHTML}', name), given);"
        f"globalThis.form = make('form', {{action: '{url}', method: '{method}', enctype: '{kind}'}});"
        f"const fields = Object.entries({json.dumps(fields)});"
        "for (const [name, value] of fields) form.append(make('input', {name, value}));"
        "document.documentElement.append(form);"
    )
    page.leave("form.submit()")


URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
DELETE_QUEUE = {"Action": "DeleteQueue", "QueueUrl": "http://localhost/000000000000/victim"}
DELETE_QUERY = "Action=DeleteQueue&QueueUrl=http%3A%2F%2Flocalhost%2F000000000000%2Fvictim"
Attack = Callable[[Page, str], Any]
ATTACKS: dict[str, Attack] = {
    "reset": lambda page, fleet: send(page, f"{fleet}/_ruststack/reset", "{method: 'POST', mode: 'no-cors'}"),
    "reset by a form": lambda page, fleet: submit(page, f"{fleet}/_localstack/state/reset", "POST", {}, URLENCODED),
    "DeleteQueue by an image": lambda page, fleet: image(page, f"{fleet}/?{DELETE_QUERY}"),
    "DeleteQueue by an image on the queue": lambda page, fleet: image(
        page, f"{fleet}/000000000000/victim?Action=DeleteQueue"
    ),
    "DeleteQueue by a form": lambda page, fleet: submit(page, f"{fleet}/", "POST", DELETE_QUEUE, URLENCODED),
    "DeleteQueue by a form's query": lambda page, fleet: submit(page, f"{fleet}/", "GET", DELETE_QUEUE, URLENCODED),
    "DeleteQueue by fetch": lambda page, fleet: send(
        page, f"{fleet}/", f"{{method: 'POST', mode: 'no-cors', body: new URLSearchParams('{DELETE_QUERY}')}}"
    ),
    "an upload by a form": lambda page, fleet: submit(
        page,
        f"{fleet}/victim",
        "POST",
        {"key": "planted", "success_action_status": "201", "file": "content"},
        MULTIPART,
    ),
    "an upload by fetch": lambda page, fleet: send(
        page,
        f"{fleet}/victim",
        "{method: 'POST', mode: 'no-cors', body: (() => { const form = new FormData(); form.append('key', 'planted');"
        " form.append('file', new Blob(['content']), 'name'); return form; })()}",
    ),
    "PutObject": lambda page, fleet: send(page, f"{fleet}/victim/planted", "{method: 'PUT', body: 'content'}"),
    "DeleteObject": lambda page, fleet: send(page, f"{fleet}/victim/key", "{method: 'DELETE'}"),
    "DeleteTable": lambda page, fleet: send(
        page,
        f"{fleet}/",
        "{method: 'POST', headers: {'content-type': 'application/x-amz-json-1.0', 'x-amz-target':"
        " 'DynamoDB_20120810.DeleteTable', 'authorization':"
        " 'AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0'},"
        " body: JSON.stringify({TableName: 'victim'})}",
    ),
}
SCAN = (
    "{method: 'POST', headers: {'content-type': 'application/x-amz-json-1.0', 'x-amz-target':"
    " 'DynamoDB_20120810.Scan', 'authorization':"
    " 'AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0'},"
    " body: JSON.stringify({TableName: 'victim'})}"
)


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_a_page_of_another_site_changes_nothing(browser: Chromium, site: int, victim: Target, attack: Attack) -> None:
    page = browser.open(f"http://{EVIL}:{site}/")
    attack(page, f"http://localhost:{victim.port}")
    page.close()
    assert victim.is_whole()


def test_a_page_of_another_site_reads_nothing(browser: Chromium, site: int, victim: Target) -> None:
    page = browser.open(f"http://{EVIL}:{site}/")
    for host in ("localhost", "dynamodb.localhost"):
        assert send(page, f"http://{host}:{victim.port}/", SCAN) == "TypeError"
    for path in (
        "victim/key",
        "victim",
        "_ruststack/health",
        "_aws/sqs/messages?QueueUrl=http://a/000000000000/victim",
    ):
        assert send(page, f"http://localhost:{victim.port}/{path}", "{}") == "TypeError"
    page.close()


@pytest.mark.parametrize("path", ["", "victim/key", "victim", "_ruststack/health", "?Action=ListQueues"])
def test_a_rebound_name_leads_nowhere(browser: Chromium, victim: Target, path: str) -> None:
    page = browser.open(f"http://{REBOUND}:{victim.port}/{path}")
    assert "is not known as one of this machine" in page.run("document.documentElement.textContent")
    own = f"http://{REBOUND}:{victim.port}"
    assert page.run("location.origin") == own
    assert "is not known" in send(page, f"{own}/", SCAN)
    assert "is not known" in send(page, f"{own}/victim/key", "{}")
    for attack in ATTACKS.values():
        attack(page, own)
        page.go(f"{own}/{path}")
    page.close()
    assert victim.is_whole()


def test_the_attacks_would_work(browser: Chromium, site: int, tmp_path: Path) -> None:
    """What the tests above show they show because of the refusal: without it each attack has its effect."""
    done = set()
    with target(tmp_path / "open", DISABLE_CORS_CHECKS="1") as open_target:
        for name, attack in ATTACKS.items():
            page = browser.open(f"http://{EVIL}:{site}/")
            attack(page, f"http://localhost:{open_target.port}")
            page.close()
            if not open_target.is_whole():
                done.add(name)
                open_target.fleet.post("/_ruststack/reset")
                open_target.fill()
        page = browser.open(f"http://{EVIL}:{site}/")
        assert "a secret" in send(page, f"http://localhost:{open_target.port}/", SCAN)
        page.go(f"http://{REBOUND}:{open_target.port}/_ruststack/health")
        assert send(page, "/victim/key", "{}") == "a secret"
        page.close()
    assert done == set(ATTACKS)


def test_a_page_of_this_machine_uses_all_services(
    browser: Chromium, site: int, fleet: Running, unique_name: str
) -> None:
    page = browser.open(f"http://localhost:{site}/")
    load(page)
    found = page.run(f"await useServices('http://localhost:{fleet.port}', '{unique_name}')")
    page.close()
    assert found == {
        "s3": ["from a page", "1", True, True],
        "dynamodb": ["1", 1],
        "sqs": ["from a page", 200],
        "sns": ["from a page"],
        "sts": ["000000000000"],
    }


def test_a_page_of_another_site_uses_none(browser: Chromium, site: int, fleet: Running, unique_name: str) -> None:
    page = browser.open(f"http://{EVIL}:{site}/")
    load(page)
    found = page.run(f"await useServices('http://localhost:{fleet.port}', '{unique_name}')")
    page.close()
    assert found == dict.fromkeys(("s3", "dynamodb", "sqs", "sns", "sts"), "TypeError: Failed to fetch")


def test_a_setting_lets_another_site_in(browser: Chromium, site: int, tmp_path: Path, unique_name: str) -> None:
    with running_fleet(
        tmp_path / "fleet", environment={"EXTRA_CORS_ALLOWED_ORIGINS": f"http://{EVIL}:{site}"}
    ) as fleet:
        page = browser.open(f"http://{EVIL}:{site}/")
        load(page)
        found = page.run(f"await useServices('http://localhost:{fleet.port}', '{unique_name}')")
        page.close()
    assert found["dynamodb"] == ["1", 1]
    assert found["s3"] == ["from a page", "1", True, True]


def test_a_buckets_rules_let_another_site_in(
    browser: Chromium, site: int, fleet: Running, s3_client: Any, unique_name: str
) -> None:
    s3_client.create_bucket(Bucket=unique_name)
    rules = [{"AllowedMethods": ["PUT", "GET"], "AllowedOrigins": [f"http://{EVIL}:*"]}]
    s3_client.put_bucket_cors(Bucket=unique_name, CORSConfiguration={"CORSRules": rules})
    page = browser.open(f"http://{EVIL}:{site}/")
    url = f"http://localhost:{fleet.port}/{unique_name}/key"
    assert send(page, url, "{method: 'PUT', body: 'content'}") == ""
    assert send(page, url, "{}") == "content"
    assert send(page, url, "{method: 'DELETE'}") == "TypeError"
    page.close()


def load(page: Page) -> None:
    """Load the application's script."""
    page.do(
        "const s = document.createElement('script'); s.src = '/application.js';"
        "await new Promise((done, failed) => { s.onload = done; s.onerror = failed; document.head.append(s); })"
    )


PLANTED = """<title>out of a bucket</title><script>
document.title = 'its script runs';
try { localStorage.setItem('a', 'b'); } catch (error) { document.title += ', ' + error.name; }
fetch('/_ruststack/reset', {method: 'POST'}).catch(() => 0).then(() => fetch('/?Action=DeleteQueue&QueueUrl=victim'))
  .then((answer) => answer.text(), (error) => error.name).then((text) => { document.title += ', ' + text; });
</script>"""


@pytest.fixture(scope="module")
def planted(victim: Target) -> Iterator[str]:
    """The path of a page that somebody has put into a bucket."""
    s3 = victim.fleet.client("s3")
    s3.create_bucket(Bucket="planted")
    s3.put_bucket_website(Bucket="planted", WebsiteConfiguration={"IndexDocument": {"Suffix": "page.html"}})
    s3.put_object(Bucket="planted", Key="page.html", Body=PLANTED.encode(), ContentType=HTML)
    yield "planted/page.html"
    s3.delete_object(Bucket="planted", Key="page.html")
    s3.delete_bucket(Bucket="planted")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_page_out_of_a_bucket_has_no_origin(browser: Chromium, victim: Target, planted: str, host: str) -> None:
    page = browser.open(f"http://{host}:{victim.port}/{planted}")
    assert page.run("self.origin") == "null"
    assert title(page, 2) == "its script runs, SecurityError, TypeError"
    page.close()
    assert len(victim.fleet.client("sqs").list_queues()["QueueUrls"]) == 1


def test_a_page_out_of_a_bucket_has_none_where_the_browser_does_not_say_what_for(
    browser: Chromium, victim: Target, planted: str, tmp_path: Path
) -> None:
    """To hosts other than localhost there is no `Sec-Fetch-Dest`."""
    with running_chromium(tmp_path / "profile", {"aws": "127.0.0.1"}) as other:
        page = other.open(f"http://aws:{victim.port}/{planted}")
        assert page.run("self.origin") == "null"
        # nor where a script has fetched it before, and the page comes out of the browser's cache
        page.go(f"http://aws:{victim.port}/_ruststack/health")
        assert page.run("self.origin") == f"http://aws:{victim.port}"
        assert PLANTED in send(page, f"/{planted}", "{cache: 'force-cache'}")
        page.go(f"http://aws:{victim.port}/{planted}")
        assert page.run("self.origin") == "null"


def test_a_page_out_of_a_browsers_cache_has_no_origin(browser: Chromium, victim: Target, planted: str) -> None:
    page = browser.open(f"http://localhost:{victim.port}/_ruststack/health")
    assert PLANTED in send(page, f"/{planted}", "{cache: 'force-cache'}")
    page.go(f"http://localhost:{victim.port}/{planted}")
    assert page.run("self.origin") == "null"
    page.close()


def test_a_frame_out_of_a_bucket_has_no_origin(browser: Chromium, site: int, victim: Target, planted: str) -> None:
    page = browser.open(f"http://localhost:{victim.port}/_ruststack/health")
    page.do(
        f"const f = document.createElement('iframe'); f.src = '/{planted}';"
        "await new Promise((done) => { f.onload = done; document.body.append(f); })"
    )
    with pytest.raises(PageError, match="cross-origin"):
        page.run("frames[0].location.href")
    page.close()


def test_a_buckets_website_has_an_origin_that_is_let_in_nowhere(
    browser: Chromium, victim: Target, planted: str
) -> None:
    own = f"http://planted.s3-website.localhost:{victim.port}"
    page = browser.open(f"{own}/")
    assert page.run("self.origin") == own
    assert title(page, 2).startswith("its script runs, ")
    assert page.run("localStorage.getItem('a')") == "b"
    for name, attack in ATTACKS.items():
        attack(page, f"http://localhost:{victim.port}")
        assert len(victim.fleet.client("sqs").list_queues()["QueueUrls"]) == 1, name
        page.go(f"{own}/")
    page.close()


def test_pictures_and_documents_are_shown(browser: Chromium, fleet: Running, s3_client: Any, unique_name: str) -> None:
    s3_client.create_bucket(Bucket=unique_name)
    picture = b"<svg xmlns='http://www.w3.org/2000/svg' width='7' height='7'/>"
    s3_client.put_object(Bucket=unique_name, Key="p.svg", Body=picture, ContentType="image/svg+xml")
    page = browser.open(f"http://localhost:{fleet.port}/_ruststack/health")
    page.do("globalThis.i = new Image()")
    page.do(f"await new Promise(done => {{ i.onload = i.onerror = done; i.src = '/{unique_name}/p.svg'; }})")
    width = page.run("i.naturalWidth")
    page.close()
    assert width == 7


def title(page: Page, commas: int) -> str:
    """The page's title once it has this many parts behind its first."""
    deadline = time.monotonic() + 20
    while (found := str(page.run("document.title"))).count(",") < commas:
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    return found
