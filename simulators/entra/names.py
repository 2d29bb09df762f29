"""Words of invented people: names in several scripts, each with the letters a user name is made of."""

from __future__ import annotations


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((each.partition("=")[0], each.partition("=")[2] or each.lower()) for each in text.split())


GIVEN = _pairs(
    "Ada Amara Anders Bruno Carla Chidi Clara Dmitri Elif Emil Fatima Farid Grace Hana Hugo Ines=ines Ivan Jana Jonas "
    "Kofi Lena Liam Lucia Marta Mateo Mina Nadia Noor Olga Omar Priya Rosa Samuel Sofia Tariq Tomas Uma Viktor Wanda "
    "Yara Zoë=zoe Łukasz=lukasz José=jose Márta=marta Søren=soren Çelik=celik Ñusta=nusta Ğülay=gulay Đorđe=djordje "
    "Élodie=elodie 太郎=taro 美咲=misaki 지우=jiwoo 伟=wei Ольга=olga Νίκος=nikos محمد=mohammed אורי=uri आरव=aarav"
)
FAMILY = _pairs(
    "Abara Andersson Bauer Bianchi Castro Chen Conti Dubois Eriksen Farah Ferrari Fischer Garcia Haddad Hansen Horvath "
    "Ito Jansen Kaya Khan Kovacs Lindqvist Lopez Mensah Meyer Moreau Nakamura Novak Okafor Olsen Patel Popescu Rossi "
    "Santos Schmidt Silva Smith Sousa Tanaka Vega Weber Yilmaz Zhang O'Neil=oneil D'Arcy=darcy Müller=mueller "
    "Smith-Jones=smith-jones Łaszkiewicz=laszkiewicz Gößling=goessling Nuñez=nunez Ångström=angstrom 田中=tanaka "
    "佐藤=sato 김=kim 王=wang Петрова=petrova Παππάς=pappas العلي=alali कुमार=kumar"
)
DEPARTMENTS = (
    "Engineering",
    "Finance",
    "Human Resources",
    "Sales",
    "Legal",
    "R&D",
    "Customer Care",
    "Forschung & Entwicklung",
    "Qualité",
    "50% Taskforce",
)
TITLES = ("Analyst", "Engineer", "Consultant", "Manager", "Nurse", "Director", 'Head of "Special" Projects', "Chargé")
PLACES = (
    ("Oslo", "", "0252", "NO", "Tjuvholmen allé"),
    ("Seattle", "WA", "98121", "US", "Elliott Ave"),
    ("Zürich", "ZH", "8001", "CH", "Bahnhofstrasse"),
    ("東京", "", "100-0001", "JP", "千代田"),
    ("São Paulo", "SP", "01310-100", "BR", "Av. Paulista"),
    ("Kraków", "", "31-042", "PL", "ul. Grodzka"),
)
