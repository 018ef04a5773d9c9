"""Which addresses are read, and which of them may be fetched."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from origin.address import read_address, read_host
from origin.errors import FetchForbidden, InvalidAddress
from origin.guard import Gate, Rules
from origin.networks import is_permitted, is_public
from tests.attack.ssrf import FORBIDDEN_IPS, PUBLIC_IPS, SPELLINGS

ANY = Rules(signed=True, ports=frozenset({80, 443, 8000}))


@pytest.mark.parametrize("ip", PUBLIC_IPS)
def test_public(ip):
    assert is_public(ip_address(ip))
    assert Rules().permits(ip)


@pytest.mark.parametrize("ip", FORBIDDEN_IPS)
def test_not_public(ip):
    assert not Rules().permits(ip)


@given(st.ip_addresses(v=4))
def test_what_carries_an_address_is_no_more_public_than_that(ip):
    number = int(ip)
    mapped, translated = ip_address((0xFFFF << 32) | number), ip_address((0x64FF9B << 96) | number)

    assert {is_public(ip)} == {is_public(mapped), is_public(translated)}
    assert not is_public(ip_address((0x2002 << 112) | number << 80))
    assert not is_public(ip_address(number | 1 << 64))


@given(st.ip_addresses())
def test_nothing_is_public_that_python_calls_private(ip):
    carried = ip.version == 6 and (ip.ipv4_mapped or ip.sixtofour or ip.teredo)

    assert not is_public(ip) or carried or ip.is_global


def test_an_operator_may_open_a_network():
    opened = (ip_network("10.1.0.0/16"), ip_network("fd00::/64"), ip_network("0.0.0.0/0"))

    found = [ip for ip in FORBIDDEN_IPS[:-2] if is_permitted(ip_address(ip), opened[:2])]

    assert ["10.1.2.3"] == found
    assert is_permitted(ip_address("::ffff:10.1.2.3"), opened)
    assert not is_permitted(ip_address("0.0.0.0"), opened)
    assert not is_permitted(ip_address("239.1.1.1"), opened)
    assert not is_permitted(ip_address("64:ff9b::a01:203"), opened[:2])


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_spelling_leads_inside(spelling):
    """What the text tells; a name is left to what it resolves to."""
    try:
        address = ANY.admit(spelling.format(port=8000), signed=True)
    except (InvalidAddress, FetchForbidden):
        return

    assert address.ip is None
    assert address.host in {"localhost", "public.example"}


def test_enough_spellings():
    assert 120 <= len(set(SPELLINGS))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("http://example.com", "http://example.com/"),
        ("http://EXAMPLE.com./A%2fb", "http://example.com/A%2fb"),
        ("https://example.com:443?a=b", "https://example.com/?a=b"),
        ("https://example.com:80/", "https://example.com:80/"),
        ("http://example.com:8080/a b/é", "http://example.com:8080/a%20b/%C3%A9"),
        ("http://my_bucket.example.com/50%", "http://my_bucket.example.com/50%25"),
        ('http://a.b/x[1]|\\^`{}<>"', "http://a.b/x%5B1%5D%7C%5C%5E%60%7B%7D%3C%3E%22"),
        ("http://[2606:4700:0:0::1111]:8080/", "http://[2606:4700::1111]:8080/"),
        ("http://1.1.1.1./", "http://1.1.1.1/"),
        ("http://ｅｘａｍｐｌｅ．ｃｏｍ/", "http://example.com/"),
        ("http://faß.example/", "http://xn--fa-hia.example/"),
        ("http://例え。テスト/", "http://xn--r8jz45g.xn--zckzah/"),
    ],
)
def test_one_spelling(text, written):
    address = read_address(text)

    assert written == str(address)
    assert address == read_address(written)


@given(st.text(alphabet="htps:/@[]%#?\\.0127fx aé。１\t\n-_", max_size=40))
def test_any_text_is_an_address_or_refused(text):
    try:
        address = read_address("http://" + text)
    except InvalidAddress:
        return

    assert address == read_address(str(address))
    assert str(address).isascii()


@pytest.mark.parametrize(
    ("hosts", "asked", "listed"),
    [
        (["img.example.com"], "img.example.com", True),
        (["img.example.com"], "IMG.Example.Com.", True),
        (["IMG.example.com."], "img.example.com", True),
        (["img.example.com"], "example.com", False),
        (["img.example.com"], "a.img.example.com", False),
        (["img.example.com"], "img.example.com.evil.example", False),
        (["*.example.com"], "img.example.com", True),
        (["*.example.com"], "a.b.example.com", True),
        (["*.example.com"], "example.com", False),
        (["*.example.com"], "badexample.com", False),
        (["*.bücher.example"], "img.xn--bcher-kva.example", True),
        (["1.1.1.1", "2606:4700::1111"], "[2606:4700:0::1111]", True),
        ([], "img.example.com", False),
    ],
)
def test_the_list(hosts, asked, listed):
    rules = Rules.of(hosts)

    assert listed == rules.lists(read_host(asked))


@pytest.mark.parametrize("text", ["*", "*.", "*.*", "", "a b", "http://a", "a/b", "a.*.b", "127.1", "a:80"])
def test_what_cannot_be_listed(text):
    with pytest.raises(InvalidAddress):
        Rules.of([text])


@pytest.mark.parametrize(
    ("rules", "url", "signed", "code"),
    [
        (Rules.of(["a.io"]), "https://a.io/x", False, None),
        (Rules.of(["a.io"]), "https://b.io/x", False, "host_not_allowed"),
        (Rules.of(["a.io"]), "https://b.io/x", True, "host_not_allowed"),
        (Rules.of(["a.io"], signed=True), "https://b.io/x", True, None),
        (Rules.of(["a.io"], signed=True), "https://b.io/x", False, "host_not_allowed"),
        (Rules.of(["a.io"], signed=True), "https://a.io/x", False, None),
        (Rules.of(["a.io"]), "https://a.io:8080/x", False, "port_not_allowed"),
        (Rules.of(["a.io"], ports=[8080]), "https://a.io/x", False, "port_not_allowed"),
        (Rules.of(["127.0.0.1"]), "http://127.0.0.1/x", False, "address_not_allowed"),
        (Rules.of([], signed=True), "http://[::1]/x", True, "address_not_allowed"),
        (Rules.of(["127.0.0.1"], networks=[ip_network("127.0.0.0/8")]), "http://127.0.0.1/x", False, None),
        (None, "https://a.io/x", True, "fetch_disabled"),
    ],
)
def test_the_gate(rules, url, signed, code):
    gate = Gate(rules)
    if code is None:
        assert gate.admit(url, signed=signed) is None
        return
    with pytest.raises(FetchForbidden) as caught:
        gate.admit(url, signed=signed)

    assert code == caught.value.code


@pytest.mark.parametrize(
    ("hosts", "signed", "start", "location", "leads_to"),
    [
        (["a.io"], False, "https://a.io/x/y", "z?w", "https://a.io/x/z?w"),
        (["a.io"], False, "https://a.io/x", "//a.io/z", "https://a.io/z"),
        (["a.io"], False, "http://a.io/x", "https://a.io/z", "https://a.io/z"),
        (["a.io"], False, "https://a.io/x", "http://a.io/z", None),
        (["a.io"], False, "https://a.io/x", "https://b.io/z", None),
        (["a.io"], True, "https://a.io/x", "https://b.io/z", None),
        (["a.io"], True, "https://c.io/x", "https://b.io/z", "https://b.io/z"),
        (["a.io"], True, "https://c.io/x", "https://127.0.0.1/z", None),
        (["a.io"], True, "https://c.io/x", "https://b.io:22/z", None),
    ],
)
def test_redirects(hosts, signed, start, location, leads_to):
    rules, address = Rules.of(hosts, signed=signed), read_address(start)
    to = address.joined(location)
    if leads_to is None:
        with pytest.raises(FetchForbidden):
            rules.follow(address, to)
        return

    assert leads_to == str(rules.follow(address, to))
