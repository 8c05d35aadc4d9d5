#!/usr/bin/env python3
"""shapes.py [--list] [TOOL …]

What has broken parsers of JSON, put between two good lines: each shape is one reject, at its line, or is accepted and copied
byte for byte. What the standard leaves open is decided here, in the third list. The tools are found on PATH; without names
the filters that read facts, and loyalty-sort.
"""

import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
# What these do not read of a record they take as it is.
UNREAD = {
    "loyalty-sort": ["line type-number", "line member-null", "line id-object", "line amount-array", "line amount-word", "line amount-exponent"],
    "loyalty-report balance": ["line id-object", "line amount-array", "line amount-word", "line amount-exponent"],
}
PROGRAMME = os.path.join(os.path.dirname(HERE), "golden", "shop.json")
TOOLS = ["loyalty-post", "loyalty-earn", "loyalty-sort"]
LEDGER_TOOLS = ["loyalty-tier", "loyalty-report balance"]
BEFORE = b'{"type":"enrol","id":"e-1","at":"2026-01-02T09:00:00-05:00","member":"m1"}'
AFTER = b'{"type":"purchase","id":"t-1","at":"2026-01-05T12:00:00-05:00","member":"m1","amount":"50.00"}'
FACT = b'{"type":"purchase","id":"t-0","at":"2026-01-04T12:00:00-05:00","member":"m1","amount":"5.00"'

# Values that are JSON, each the value of a member that nobody reads.
VALUES = {
    "empty-array": b"[]", "array-of-arrays": b"[[[[]]],[]]", "array-of-all": b'[null,true,false,1,"a",{},[]]', "spaces-in-array": b"[ \t1\t,\t2 ]",
    "empty-object": b"{}", "object-in-object": b'{"a":{"b":{"c":{}}}}', "empty-name": b'{"":0}', "name-of-spaces": b'{" ":1,"  ":2}',
    "same-name-at-other-depths": b'{"a":{"a":{"a":1}}}', "names-like-names": b'{"a":1,"A":2,"aa":3}', "escaped-names-that-differ": b'{"\\u0061":1,"b":2}',
    "zero": b"0", "minus-zero": b"-0", "minus-zero-real": b"-0.0", "minus": b"-123", "real": b"123.456", "real-small": b"0.000000000000000000000001",
    "exponent": b"1e2", "exponent-capital": b"1E2", "exponent-plus": b"1e+2", "exponent-minus": b"1e-2", "exponent-of-zeros": b"1e00002", "zero-exponent": b"0e1",
    "zero-big-exponent": b"0e999999", "real-exponent": b"1.5E-3", "int64-max": b"9223372036854775807", "int64-min": b"-9223372036854775808",
    "exponent-underflow": b"1e-999999", "real-of-many-digits": b"0." + b"1" * 500, "double-max": b"1.7976931348623157e308",
    "null": b"null", "true": b"true", "false": b"false",
    "empty-string": b'""', "string": b'"plain"', "short-escapes": b'"\\"\\\\\\/\\b\\f\\n\\r\\t"', "escape-u": b'"\\u0041\\u00e9\\u20AC"',
    "escape-u-control": b'"\\u0001\\u001f\\u007f"', "surrogate-pair": b'"\\ud83d\\ude00"', "surrogate-pair-lowest": b'"\\ud800\\udc00"',
    "surrogate-pair-highest": b'"\\uDBFF\\uDFFF"', "noncharacter-escaped": b'"\\uFFFF\\uFFFE\\uFDD0"', "escaped-backslash-before-u": b'"\\\\u0000"',
    "utf8-two": b'"\xc3\xa9"', "utf8-three": b'"\xe2\x82\xac"', "utf8-four": b'"\xf0\x9f\x98\x80"', "utf8-lowest-two": b'"\xc2\x80"', "utf8-lowest-three": b'"\xe0\xa0\x80"',
    "utf8-lowest-four": b'"\xf0\x90\x80\x80"', "utf8-highest": b'"\xf4\x8f\xbf\xbf"', "utf8-before-surrogates": b'"\xed\x9f\xbf"', "utf8-after-surrogates": b'"\xee\x80\x80"',
    "noncharacters": b'"\xef\xbf\xbf\xef\xbf\xbe\xef\xb7\x90"', "line-separators": b'"\xe2\x80\xa8\xe2\x80\xa9"', "mark-in-a-string": b'"\xef\xbb\xbf"',
    "del": b'"\x7f"', "c1-controls": b'"\xc2\x80\xc2\x9b"', "brackets-in-a-string": b'"[{\\"]}"', "comment-in-a-string": b'"/* // # */"',
    "long-string": b'"' + b"x" * 100000 + b'"', "deep-arrays": b"[" * 2000 + b"]" * 2000, "deep-objects": b'{"a":' * 2000 + b"0" + b"}" * 2000,
    "many-elements": b"[" + b",".join([b"0"] * 100000) + b"]", "many-names": b"{" + b",".join(b'"%d":0' % i for i in range(50000)) + b"}",
}

# What is not JSON, in the place of a value.
NOT_VALUES = {
    "nothing": b"", "comma": b",", "two-values": b"1 2", "word": b"nul", "word-capital": b"Null", "word-upper": b"TRUE", "word-longer": b"nulls", "word-other": b"undefined",
    "word-cut": b"tru", "nan": b"NaN", "infinity": b"Infinity", "minus-infinity": b"-Infinity", "minus-nan": b"-NaN", "inf": b"inf",
    "array-open": b"[", "array-open-value": b"[1", "array-open-comma": b"[1,", "array-comma": b"[,]", "array-leading-comma": b"[,1]", "array-trailing-comma": b"[1,]",
    "array-two-commas": b"[1,,2]", "array-double-trailing": b"[1,,]", "array-no-comma": b"[1 2]", "array-colon": b"[1:2]", "array-closed-twice": b"[1]]", "array-closed-by-brace": b"[1}",
    "array-star": b"[*]", "array-word": b"[a]", "array-minus": b"[-]", "array-inner-open": b"[[1]", "array-quote": b'["]', "array-formfeed": b"[\x0c]", "array-vertical-tab": b"[\x0b1]",
    "object-open": b"{", "object-open-name": b'{"a"', "object-open-colon": b'{"a":', "object-open-value": b'{"a":1', "object-open-comma": b'{"a":1,', "object-comma": b"{,}",
    "object-trailing-comma": b'{"a":1,}', "object-two-commas": b'{"a":1,,"b":2}', "object-no-colon": b'{"a" 1}', "object-two-colons": b'{"a"::1}', "object-comma-for-colon": b'{"a",1}',
    "object-no-value": b'{"a":}', "object-no-name": b"{:1}", "object-bare-name": b"{a:1}", "object-single-quotes": b"{'a':1}", "object-number-name": b"{1:1}", "object-null-name": b"{null:1}",
    "object-array-name": b"{[]:1}", "object-values": b'{"a","b"}', "object-two-values": b'{"a":1 2}', "object-closed-by-bracket": b'{"a":1]', "object-after": b'{"a":1}}', "object-name-twice": b'{"a":1,"a":1}',
    "object-name-twice-far": b'{"a":1,' + b",".join(b'"n%d":0' % i for i in range(200)) + b',"a":2}', "object-name-twice-escaped": b'{"a":1,"\\u0061":2}', "object-name-twice-empty": b'{"":1,"":2}',
    "plus": b"+1", "plus-only": b"+", "minus-only": b"-", "minus-space": b"- 1", "two-minus": b"--1", "minus-word": b"-a", "minus-point": b"-.5", "leading-zero": b"012", "minus-leading-zero": b"-012", "zeros": b"00",
    "minus-zeros": b"-00", "point-first": b".5", "point-last": b"1.", "point-only": b".", "point-twice": b"1.2.3", "point-exponent": b"1.e2", "point-two": b"1..2", "exponent-empty": b"1e", "exponent-plus-empty": b"1e+",
    "exponent-minus-empty": b"1E-", "exponent-point": b"1e1.5", "exponent-twice": b"1e1e1", "exponent-plus-twice": b"1e++2", "exponent-zero-empty": b"0e", "exponent-capital-empty": b"0E+", "hex": b"0x1F", "hex-only": b"0x",
    "binary": b"0b1", "octal": b"0o7", "underscore": b"1_000", "thousands": b"1,000x", "letter-after": b"1a", "letter-in": b"1a2", "letters": b"12e3f", "fraction-letter": b"1.5x", "wide-digit": b"\xef\xbc\x91", "imaginary": b"1i",
    "long-suffix": b"1L", "float-suffix": b"1.0f", "percent": b"50%", "currency": b"$5", "parentheses": b"(1)",
    "string-open": b'"', "string-open-text": b'"abc', "string-open-escape": b'"\\', "string-open-u": b'"\\u00', "string-single": b"'a'", "string-typographic": b"\xe2\x80\x9ca\xe2\x80\x9d", "string-backquote": b"`a`",
    "string-tab": b'"\t"', "string-control": b'"\x01"', "string-escape-char": b'"\x1b[31m"', "string-unit-separator": b'"\x1f"', "string-nul": b'"\x00"', "string-two": b'"a""b"', "string-plus": b'"a"+"b"',
    "escape-x": b'"\\x41"', "escape-a": b'"\\a"', "escape-v": b'"\\v"', "escape-0": b'"\\0"', "escape-single-quote": b"\"\\'\"", "escape-space": b'"\\ "', "escape-capital-u": b'"\\U00000041"', "escape-emoji": b'"\\\xf0\x9f\x98\x80"',
    "escape-nul-byte": b'"\\\x00"', "escape-tab-byte": b'"\\\t"', "escape-u-short": b'"\\u041"', "escape-u-empty": b'"\\u"', "escape-u-letters": b'"\\uZZZZ"', "escape-u-sign": b'"\\u+041"', "escape-u-space": b'"\\u 041"',
    "escape-u-braces": b'"\\u{41}"', "escape-in-utf8": b'"\\u\xc3\xa9"', "escape-u-cut-by-quote": b'"\\u00"', "escape-outside": b"\\n", "escape-u-outside": b"\\u0061",
    "utf8-alone": b"\xc3\xa9", "nul": b"\x00", "nul-after": b"1\x00", "nul-between": b"[1,\x002]", "controls": b"\x01", "no-break-space": b"\xc2\xa01", "ideographic-space": b"\xe3\x80\x801", "word-joiner": b"\xe2\x81\xa0",
    "mark-before": b"\xef\xbb\xbf1", "formfeed": b"\x0c1", "vertical-tab": b"1\x0b", "comment": b"/**/1", "comment-line": b"1//", "comment-hash": b"1#", "semicolon": b"1;", "tag": b"<null>", "call": b"f(1)", "template": b"${1}",
    "deep-arrays-open": b"[" * 100000, "deep-objects-open": b'{"a":' * 100000, "deep-mixed-open": b'[{"":' * 50000, "deep-names-open": b'{"":' * 50000 + b"[",
}

# What the standard leaves to the parser, in the place of a value; it is refused here.
REFUSED = {
    "integer-beyond-int64": b"9223372036854775808", "integer-below-int64": b"-9223372036854775809", "integer-huge": b"1" + b"0" * 400, "exponent-overflow": b"1e400", "exponent-overflow-minus": b"-1e400",
    "exponent-overflow-huge": b"1e" + b"9" * 400, "real-overflow": b"1" * 310 + b".0", "nul-escaped": b'"\\u0000"', "nul-escaped-in-a-name": b'{"a\\u0000":1}',
    "lone-high-surrogate": b'"\\ud800"', "lone-low-surrogate": b'"\\udc00"', "surrogates-reversed": b'"\\ude00\\ud83d"', "two-high-surrogates": b'"\\ud800\\ud800"', "high-surrogate-then-letter": b'"\\ud800a"',
    "high-surrogate-then-escape": b'"\\ud800\\n"', "high-surrogate-cut": b'"\\ud800\\u"', "high-surrogate-short-low": b'"\\ud800\\udc0"', "high-surrogate-then-other": b'"\\ud800\\u0061"', "lone-surrogate-in-a-name": b'{"\\udead":1}',
    "utf8-surrogate": b'"\xed\xa0\x80"', "utf8-surrogate-pair": b'"\xed\xa0\xbd\xed\xb8\x80"', "utf8-continuation": b'"\x80"', "utf8-continuations": b'"\x80\xbf\x80"', "utf8-cut-two": b'"\xc3"', "utf8-cut-three": b'"\xe2\x82"',
    "utf8-cut-four": b'"\xf0\x9f\x98"', "utf8-overlong-two": b'"\xc0\xaf"', "utf8-overlong-three": b'"\xe0\x80\xaf"', "utf8-overlong-four": b'"\xf0\x80\x80\xaf"', "utf8-overlong-nul": b'"\xc0\x80"', "utf8-c1": b'"\xc1\xbf"',
    "utf8-beyond-unicode": b'"\xf4\x90\x80\x80"', "utf8-f5": b'"\xf5\x80\x80\x80"', "utf8-five": b'"\xf8\x88\x80\x80\x80"', "utf8-six": b'"\xfc\x84\x80\x80\x80\x80"', "utf8-fe-ff": b'"\xfe\xff"', "latin-1": b'"caf\xe9"',
    "utf8-cut-in-a-name": b'{"\xc3":1}', "utf8-continuation-after-letter": b'"a\xbf"', "too-deep": b"[" * 3000 + b"]" * 3000,
}

# Whole lines that are no records.
NOT_LINES = {
    "array": b"[" + FACT + b"}]", "number": b"42", "string": b'"fact"', "true": b"true", "null": b"null", "empty-array": b"[]", "two-objects": FACT + b"}{}", "object-and-comma": FACT + b"},", "object-and-text": FACT + b"} x",
    "object-and-brace": FACT + b"}}", "object-and-nul": FACT + b"}\x00", "object-and-mark": FACT + b"}\xef\xbb\xbf", "mark-before": b"\xef\xbb\xbf" + FACT + b"}", "not-closed": FACT, "not-closed-comma": FACT + b",",
    "closed-by-bracket": FACT + b"]", "starts-with-comma": b"," + FACT + b"}", "starts-with-separator": b"\x1e" + FACT + b"}", "starts-with-nul": b"\x00" + FACT + b"}", "first-half": FACT[:40], "second-half": FACT[40:] + b"}", "brace": b"{",
    "brace-closed": b"}", "text": b"hello", "csv": b"purchase,t-0,5.00", "formfeed": b"\x0c", "nul": b"\x00", "nuls": b"\x00" * 64, "wide": FACT.decode().encode("utf-16-le") + b"}\x00", "name-twice": FACT + b',"amount":"5.00"}',
    "name-twice-escaped": FACT + b',"\\u0061mount":"6.00"}', "single-quotes": FACT.replace(b'"', b"'") + b"}", "trailing-comma": FACT + b",}", "comment": FACT + b"} // five", "carriage-return-inside": FACT + b',\r"a":\r"\r"}',
    "empty-object": b"{}", "no-type": b'{"id":"t-0"}', "type-number": FACT.replace(b'"purchase"', b"1") + b"}", "member-null": FACT.replace(b'"m1"', b"null") + b"}", "id-object": FACT.replace(b'"t-0"', b"{}") + b"}",
    "amount-array": FACT.replace(b'"5.00"', b"[5]") + b"}", "amount-word": FACT.replace(b'"5.00"', b"true") + b"}", "amount-exponent": FACT.replace(b'"5.00"', b'"1e99"') + b"}", "huge-brackets": b"[" * 1000000, "huge-braces": b'{"a":' * 200000,
    "huge-quotes": b'"' * 1000000, "over-the-limit": FACT + b',"note":"' + b"x" * (1 << 20) + b'"}',
}

# Whole lines that are records all the same.
LINES = {
    "spaces-around": b" \t" + FACT + b"}\t ", "spaces-everywhere": FACT.replace(b":", b" : ").replace(b" : 00", b":00").replace(b",", b" ,\t") + b" }", "carriage-return-at-the-end": FACT + b"}\r", "escaped-names": FACT.replace(b'"amount"', b'"\\u0061m\\u006funt"') + b"}",
}
LINES["spaces-everywhere"] = b'{ "type" :\t"purchase" , "id" : "t-0" , "at" : "2026-01-04T12:00:00-05:00" , "member" : "m1" , "amount" : "5.00" }'


def shapes():
    """Name, line, whether it is taken."""
    for name, text in VALUES.items():
        yield "value " + name, FACT + b',"note":' + text + b"}", True
    for name, text in list(NOT_VALUES.items()) + list(REFUSED.items()):
        yield "value " + name, FACT + b',"note":' + text + b"}", False
    for name, text in LINES.items():
        yield "line " + name, text, True
    for name, text in NOT_LINES.items():
        yield "line " + name, text, False


def run(tool, directory, data):
    rejects = os.path.join(directory, "rejects")
    if os.path.exists(rejects):
        os.unlink(rejects)
    ran = subprocess.run([tool, "-p", PROGRAMME, "--rejects", rejects, "-q"], input=data, capture_output=True, timeout=60)
    with open(rejects, "rb") as file:
        return ran.returncode, ran.stdout.split(b"\n"), [json.loads(line) for line in file], ran.stderr


def check(tool, directory, line, taken):
    """What is wrong, or None."""
    status, out, rejected, said = run(tool, directory, BEFORE + b"\n" + line + b"\n" + AFTER + b"\n")
    if status != (0 if taken else 1):
        return "status %d: %s" % (status, said.decode("utf-8", "replace")[:200])
    if BEFORE not in out or AFTER not in out:
        return "a good line is not there"
    if taken:
        return "was not copied" if line not in out or rejected else None
    if len(rejected) != 1 or rejected[0]["line"] != 2:
        return "rejected: %s" % [reject["line"] for reject in rejected]
    return "was copied all the same" if line in out else None


def ledger_before(line):
    """What loyalty-earn writes of three good lines, with the line in the place of the second; and where that is."""
    ran = subprocess.run(["loyalty-earn", "-p", PROGRAMME], input=b"\n".join([BEFORE, FACT + b"}", AFTER, b""]), capture_output=True, check=True)
    lines = ran.stdout.split(b"\n")
    place = lines.index(FACT + b"}")
    lines[place] = line
    return b"\n".join(lines), place + 1


def check_ledger(tool, line, taken):
    ledger, place = ledger_before(line)
    ran = subprocess.run(tool.split() + ["-p", PROGRAMME], input=ledger, capture_output=True, timeout=60)
    if ran.returncode != (0 if taken else 3):
        return "status %d: %s" % (ran.returncode, ran.stderr.decode("utf-8", "replace")[:200])
    if not taken and (b"<stdin>:%d:" % place not in ran.stderr or b'"type":"end"' in ran.stdout):
        return "said: %s" % ran.stderr.decode("utf-8", "replace")[:200]
    return None


def main():
    tools = [word for word in sys.argv[1:] if word != "--list"] or TOOLS + LEDGER_TOOLS
    count = wrong = 0
    with tempfile.TemporaryDirectory() as directory:
        for name, line, taken in shapes():
            if "--list" in sys.argv:
                print("%-8s %s" % ("taken" if taken else "rejected", name))
                continue
            assert b"\n" not in line, name
            for tool in tools:
                if name in UNREAD.get(tool, []):
                    continue
                if tool in LEDGER_TOOLS:
                    problem = check_ledger(tool, line, taken)
                else:
                    problem = check(tool, directory, line, taken)
                count += 1
                if problem:
                    wrong += 1
                    print("%s, %s: %s" % (tool, name, problem))
    print("%d shapes, %d wrong" % (count, wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
