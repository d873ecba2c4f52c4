"""The check of other tests: it can fail."""

import pytest

from tests.report.offline import other_hosts, other_hosts_of_style


@pytest.mark.parametrize(
    "html",
    [
        '<script src="https://cdn.example/x.js"></script>',
        '<link rel=stylesheet href="//cdn.example/x.css">',
        '<a href="HTTPS://CDN.example">x</a>',
        '<a href="ftp://cdn.example/x">x</a>',
        '<img src="https:cdn.example/x.png">',
        '<img src=" ht\ntps://cdn.example/x.png">',
        '<img src="/\\cdn.example/x.png">',
        '<img srcset="x.png, https://cdn.example/x.png 2x">',
        "<img src=https&#58;//cdn.example/x.png />",
        "<p style='background: url( \"https://cdn.example/x.png\" )'>x</p>",
        '<svg><rect fill="url(https://cdn.example/x.svg#a)"/></svg>',
        '<svg><use xlink:href="https://cdn.example/x.svg#a"/></svg>',
        "<style>body { color: red } @import 'https://cdn.example/x.css';</style>",
        "<style>@font-face { src: url(https://cdn.example/x.woff2) }</style>",
        '<script>fetch("https://cdn.example/x")</script>',
        "<script>fetch('//cdn.example/x')</script>",
        "<b onclick=\"fetch('https://cdn.example')\">x</b>",
        '<meta http-equiv=refresh content="0; URL=https://cdn.example/">',
        '<meta property="og:image" content="https://cdn.example/x.png">',
        '<iframe srcdoc="&lt;img src=&quot;https://cdn.example/x&quot;&gt;"></iframe>',
        '<div data-logo="https://cdn.example/x.png"></div>',
        '<form action="https://cdn.example/x"></form>',
    ],
)
def test_another_host_is_found_wherever_a_page_names_it(html: str):
    assert other_hosts(f"<!DOCTYPE html><html><body>{html}</body></html>") == {"cdn.example"}


@pytest.mark.parametrize(
    "html",
    [
        '<a href="../../index.html?x=1#y">x</a><a href="#x">x</a><a href="mailto:a@cdn.example">x</a>',
        '<p title="https://cdn.example">https://cdn.example &lt;img src="https://cdn.example"&gt;</p>',
        '<svg xmlns="http://www.w3.org/2000/svg"></svg>',
        '<img src="data:image/png;base64,AAAA//cdn.example">',
        "<style>/* https://cdn.example */ body { background: url(../x.png) }</style>",
        "<script>const half = 1 / 2; // a comment\n</script>",
        "<style>body { color: red }</style><p>https://cdn.example</p>",
    ],
)
def test_its_own_addresses_and_text_are_no_other_host(html: str):
    assert other_hosts(html) == set()


def test_a_stylesheet_is_looked_at_by_itself():
    css = "a { background: url('//one.example/x') } @import url(https://two.example/y.css);"
    assert other_hosts_of_style(css) == {"one.example", "two.example"}
