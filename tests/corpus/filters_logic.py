"""Filters with and, or, not and parentheses: precedence, nesting, blanks. Each term is one whose finds are known."""

# ruff: noqa: E501 - a row is a line

from __future__ import annotations

from tests.corpus.row import ALL, ENT, NOBODY, Row

TITLE = "ada zoe oma cor iva dav tru num"
OFF = "iva str"

ROWS = [
    # the terms alone
    Row("a term: has a title", "title pr", TITLE),
    Row("a term: is disabled", "active eq false", OFF),
    Row("a term: is an employee", 'userType eq "Employee"', "ada bab oma str"),
    Row("a term: has an address for e-mail", "emails pr", "ada bab zoe oma iva"),
    # RFC 7644 3.4.2.2, table 4: and, or, not
    Row("table 4, and", 'title pr and userType eq "Employee"', "ada oma"),
    Row("table 4, and: nobody has both", 'active eq false and userType eq "Contractor"', NOBODY),
    Row("table 4, or", 'title pr or userType eq "Employee"', "ada bab zoe oma cor iva dav str tru num"),
    Row("table 4, or: who fulfils both is found once", 'userName sw "a" or displayName sw "a"', "ada cor"),
    Row("table 4, not", "not (title pr)", "bab han str min"),
    Row("table 4, not: of eq it is ne", 'not (userType eq "Employee")', "zoe cor iva dav han tru num min"),
    Row("table 4, not: of ne it is eq", 'not (userType ne "Employee")', "ada bab oma str"),
    Row("table 4, not: of gt it is le and who has none", 'not (name.familyName gt "Babbage")', "bab zoe cor iva dav han str tru num min"),
    # table 5 and the text below it: not before and before or
    Row("and before or, or first", 'userName eq "ivan" or title pr and userType eq "Employee"', "ada oma iva"),
    Row("and before or, or last", 'title pr and userType eq "Employee" or userName eq "ivan"', "ada oma iva"),
    Row("and before or, the grouping that differs", '(userName eq "ivan" or title pr) and userType eq "Employee"', "ada oma"),
    Row("and before or, on both sides", 'title pr and userType eq "Intern" or active eq false and displayName pr', OFF),
    Row("and before or, in the middle", 'userName eq "min" or title pr and active eq false or userName eq "42"', "iva num"),
    Row("and before or, twice", 'userName eq "42" or title pr and active eq false and emails pr', "iva num"),
    Row("and before or, nobody in the conjunction", 'userName eq "42" or userName eq "ivan" and active eq true', "num"),
    Row("not before and", "not (title pr) and active eq true", "bab han min"),
    Row("not before and, at its end", "active eq true and not (title pr)", "bab han min"),
    Row("not before or", 'not (active eq true) or userName eq "42"', "iva str num"),
    Row("not before and before or", 'userName eq "42" or not (title pr) and active eq false', "str num"),
    Row("not of a conjunction", "not (title pr and active eq true)", "bab iva han str min"),
    Row("not of a disjunction", "not (title pr or emails pr)", "han str min"),
    Row("not with both sides (de Morgan)", "not (title pr) and not (emails pr)", "han str min"),
    Row("not of not", "not (not (title pr))", TITLE),
    Row("not of not of not", "not (not (not (title pr)))", "bab han str min"),
    Row("not of a group with and before or", 'not (userName eq "42" or title pr and active eq false)', "ada bab zoe oma cor dav han str tru min"),
    # grouping
    Row("one pair of parentheses", "(title pr)", TITLE),
    Row("two pairs of parentheses", "((title pr))", TITLE),
    Row("a group at the end", 'title pr and (userType eq "Employee" or userType eq "Intern")', "ada oma iva"),
    Row("a group at the start", '(userType eq "Employee" or userType eq "Intern") and title pr', "ada oma iva"),
    Row("two groups", '(userType eq "Intern" or userType eq "Contractor") and (active eq true or emails pr)', "zoe iva"),
    Row("a group in a group", '((userType eq "Intern" or userName eq "42") and title pr) or userName eq "minimal"', "iva num min"),
    Row("a group that changes nothing", "title pr or (active eq false and title pr)", TITLE),
    Row("thirty pairs of parentheses", "(" * 30 + "title pr" + ")" * 30, TITLE),
    # chains
    Row("three in a row with and", 'title pr and active eq true and userType eq "Employee"', "ada oma"),
    Row("three in a row with or", 'userName eq "42" or userName eq "ivan" or userName eq "minimal"', "iva num min"),
    Row("the same term twice", "title pr and title pr", TITLE),
    Row("a term and its opposite", "title pr and not (title pr)", NOBODY),
    Row("a term or its opposite", "title pr or not (title pr)", ALL),
    Row("many with or", " or ".join(f'userName eq "{name}"' for name in ("42", "ivan", "x1", "x2", "x3", "x4", "Charles")), "bab iva num"),
    Row("two hundred with or: a stack of two hundred is not needed", " or ".join(["title pr"] * 200), TITLE),
    Row("two hundred with and", " and ".join(["title pr"] * 200), TITLE),
    Row("a filter of 4,096 characters", f'title pr or userName eq "{"x" * (4096 - 27)}"', TITLE),
    # words and blanks
    Row("AND in capitals", 'title pr AND userType eq "Employee"', "ada oma"),
    Row("Or in mixed case", 'userName eq "42" Or userName eq "ivan"', "iva num"),
    Row("NOT in capitals", "NOT (title pr)", "bab han str min"),
    Row("not without a blank before its group", "not(title pr)", "bab han str min"),
    Row("blanks inside parentheses", "( title pr )", TITLE),
    Row("several blanks", "title   pr   and   active   eq   false", "iva"),
    Row("blanks at both ends", "  active eq false  ", OFF),
    Row("a tab for a blank", "active\teq\tfalse", OFF),
    Row("no blank between a parenthesis and and", "(title pr)and(active eq false)", "iva"),
    Row("an attribute that starts like a keyword, or", f'organization sw "royal" or {ENT}:organization sw "x"', "bab"),
    Row("an attribute that starts like a keyword, not and and", 'nickName eq "Enchantress" and addresses pr', "ada"),
    # push-down: a part that the directory searches natively, with one that it cannot
    Row("an indexed term with one that is not", 'userName eq "ivan" and not (title eq "Intern")', NOBODY),
    Row("an indexed term or one that is not", 'userName eq "ivan" or addresses.country eq "SE"', "zoe iva"),
    Row("an indexed term below not", 'not (userName eq "ivan") and userType eq "Intern"', NOBODY),
    Row("two indexed terms that no one has together", 'userName eq "ivan" and externalId eq "E-1"', NOBODY),
    Row("two indexed terms that one has", 'userName eq "ada@example.com" and externalId eq "E-1"', "ada"),
    Row("the same indexed term with two values", 'userName eq "ivan" and userName eq "Charles"', NOBODY),
    Row("an id with a term that fails", 'id eq "{ada}" and active eq false', NOBODY),
    Row("an id with a term that holds", 'id eq "{ada}" and active eq true', "ada"),
    Row("an id below not", 'not (id eq "{ada}") and userType eq "Employee"', "bab oma str"),
    Row("an id in a disjunction", 'id eq "{min}" or active eq false', "iva str min"),
]  # fmt: skip
