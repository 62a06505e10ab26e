"""Names, places and reserved phone ranges of the invented customers, per country.

Phone numbers lie in the ranges that national regulators keep free for films and fiction;
mail domains below `.example` (RFC 2606) belong to nobody.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Country:
    code: str
    share: int  # of 100 customers
    languages: tuple[tuple[str, int], ...]  # language and its share of 100
    time_zone: str
    phone: str | None  # prefix; the last four digits are drawn
    women: tuple[str, ...]
    men: tuple[str, ...]
    families: tuple[str, ...]
    places: tuple[tuple[str, str], ...]  # postal code, city
    domains: tuple[str, ...]


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def places(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((code.strip(), city.strip()) for code, city in (part.split("|") for part in text.split(",")))


GERMAN_WOMEN = words(
    "Anna Julia Katharina Lena Sarah Sabine Petra Monika Ursula Renate Ingrid Birgit Heike Susanne Claudia Nicole"
    " Stefanie Melanie Sandra Anja Katrin Christina Lea Mia Emma Hannah Johanna Marie Sophie Charlotte Frieda Clara"
    " Aylin Elif Zeynep Olga Natalia Ewa Agnieszka Giulia Thi-Mai Leyla Mareike Wiebke Silke Antje Ulrike Gudrun"
)
GERMAN_MEN = words(
    "Thomas Michael Andreas Stefan Christian Markus Peter Klaus Jürgen Wolfgang Dieter Uwe Frank Jörg Torsten Sven"
    " Jan Tim Lukas Jonas Felix Paul Maximilian Leon Finn Elias Moritz Henri Anton Karl Emil Mehmet Emre Can Sergej"
    " Dimitri Piotr Marco Duc Ali Hendrik Jens Malte Sönke Ralf Günter Rüdiger Matthias"
)
COUNTRIES = (
    Country(
        "DE",
        70,
        (("de", 94), ("en", 6)),
        "Europe/Berlin",
        "+4917139200",
        GERMAN_WOMEN,
        GERMAN_MEN,
        words(
            "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter"
            " Klein Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Werner Krause Lehmann"
            " Köhler Herrmann König Walter Huber Kaiser Fuchs Peters Lang Scholz Möller Weiß Jung Hahn Vogel Friedrich"
            " Keller Günther Frank Berger Winkler Roth Beck Lorenz Baumann Franke Albrecht Schuster Simon Ludwig Böhm"
            " Winter Kraus Martin Schumacher Krämer Vogt Stein Jäger Otto Sommer Groß Seidel Heinrich Brandt Haas"
            " Schreiber Graf Dietrich Ziegler Kuhn Kühn Pohl Engel Horn Busch Bergmann Yılmaz Kaya Demir Öztürk Nowak"
            " Kowalski Petrov Nguyen Rossi Lindner Ahrens Behrens Oltmanns Janßen"
        ),
        places(
            "30449|Hannover,30451|Hannover,30159|Hannover,30625|Hannover,31134|Hildesheim,38100|Braunschweig,"
            "38102|Braunschweig,37073|Göttingen,37083|Göttingen,38440|Wolfsburg,29221|Celle,31785|Hameln,"
            "10115|Berlin,10967|Berlin,20095|Hamburg,22765|Hamburg,28195|Bremen,33602|Bielefeld,34117|Kassel,"
            "50667|Köln,40213|Düsseldorf,44135|Dortmund,60311|Frankfurt am Main,70173|Stuttgart,80331|München,"
            "90402|Nürnberg,04109|Leipzig,01067|Dresden,39104|Magdeburg,48143|Münster,26122|Oldenburg,"
            "49074|Osnabrück,24103|Kiel,23552|Lübeck,99084|Erfurt"
        ),
        ("post.example", "mail.example", "briefkasten.example", "netz.example"),
    ),
    Country(
        "AT",
        9,
        (("de", 97), ("en", 3)),
        "Europe/Vienna",
        None,
        GERMAN_WOMEN,
        GERMAN_MEN,
        words(
            "Gruber Huber Bauer Wagner Müller Pichler Steiner Moser Mayer Hofer Leitner Berger Fuchs Eder Fischer"
            " Schmid Winkler Weber Schwarz Maier Schneider Reiter Mayr Schmidt Wimmer Egger Brunner Lang Baumgartner"
            " Auer Binder Lechner Wolf Wallner Aigner Ebner Koller Lehner Haas Schuster"
        ),
        places(
            "1010|Wien,1070|Wien,1160|Wien,8010|Graz,4020|Linz,5020|Salzburg,6020|Innsbruck,9020|Klagenfurt,"
            "9500|Villach,4600|Wels,3100|St. Pölten,6850|Dornbirn"
        ),
        ("post.example", "mail.example"),
    ),
    Country(
        "CH",
        7,
        (("de", 68), ("fr", 26), ("en", 6)),
        "Europe/Zurich",
        None,
        words(
            "Anna Laura Sara Nina Lea Céline Chantal Nathalie Sandra Ursula Ruth Verena Barbara Elisabeth Mia Lina"
            " Chiara Noémie Amélie Fabienne Regula Vreni"
        ),
        words(
            "Daniel Thomas Marco Luca Noah Reto Urs Beat Hans-Peter Stefan Christian Patrick Pascal Yves Olivier"
            " Jean-Luc Matteo Fabio Lukas Simon Jürg Ueli"
        ),
        words(
            "Müller Meier Schmid Keller Weber Huber Schneider Meyer Steiner Fischer Gerber Brunner Baumann Frei"
            " Zimmermann Moser Widmer Wyss Graf Roth Suter Favre Rochat Bianchi Bernasconi Aebischer Zbinden"
        ),
        places(
            "8001|Zürich,8004|Zürich,3011|Bern,4051|Basel,6003|Luzern,9000|St. Gallen,1003|Lausanne,1204|Genève,"
            "2502|Biel/Bienne,7000|Chur,5000|Aarau"
        ),
        ("post.example", "courrier.example"),
    ),
    Country(
        "NL",
        6,
        (("nl", 88), ("en", 12)),
        "Europe/Amsterdam",
        None,
        words(
            "Emma Sophie Julia Anna Lisa Sanne Fleur Femke Marieke Anneke Ingrid Els Johanna Maria Willemijn Lotte"
            " Noor Saar Tess Eva Roos Esther"
        ),
        words(
            "Daan Sem Lucas Bram Jan Pieter Kees Henk Willem Johan Jeroen Maarten Sander Ruben Thijs Joost Wouter"
            " Bas Gijs Mohammed Dirk Koen"
        ),
        (
            *words(
                "Jansen Bakker Visser Smit Meijer Mulder Bos Vos Peters Hendriks Dekker Brouwer Dijkstra Kuipers"
            ),
            "de Jong",
            "de Vries",
            "van den Berg",
            "van Dijk",
            "de Boer",
            "van der Meer",
        ),
        places(
            "1012 AB|Amsterdam,1071 CD|Amsterdam,3011 AD|Rotterdam,2511 BT|Den Haag,3511 AB|Utrecht,"
            "9711 LM|Groningen,5611 CA|Eindhoven,7511 HN|Enschede,6811 DG|Arnhem"
        ),
        ("post.example", "brievenbus.example"),
    ),
    Country(
        "FR",
        4,
        (("fr", 95), ("en", 5)),
        "Europe/Paris",
        "+3363998",
        words(
            "Marie Camille Léa Manon Chloé Julie Sophie Isabelle Nathalie Catherine Françoise Monique Anne Céline"
            " Aurélie Élodie Inès Jade Louise Margaux Sylvie Brigitte"
        ),
        words(
            "Jean Pierre Michel Philippe Nicolas Julien Thomas Antoine Hugo Lucas Gabriel Louis Jules Rémi Étienne"
            " François Laurent Olivier Stéphane Mathieu Karim Guillaume"
        ),
        words(
            "Martin Bernard Dubois Thomas Robert Richard Petit Durand Leroy Moreau Simon Laurent Lefèvre Michel"
            " Garcia David Bertrand Roux Vincent Fournier Morel Girard Mercier Dupont Lambert Bonnet"
        ),
        places(
            "75003|Paris,75011|Paris,69002|Lyon,67000|Strasbourg,68000|Colmar,59800|Lille,13001|Marseille,"
            "33000|Bordeaux,44000|Nantes"
        ),
        ("courrier.example", "poste.example"),
    ),
    Country(
        "GB",
        4,
        (("en", 100),),
        "Europe/London",
        "+44770090",
        words(
            "Olivia Amelia Emily Charlotte Sophie Grace Lucy Hannah Rebecca Susan Margaret Karen Helen Elizabeth"
            " Priya Aisha Fiona Claire Alison Jane Holly Megan"
        ),
        words(
            "Oliver George Harry Jack James William Thomas David Andrew Simon Paul Mark Robert Ian Graham Imran"
            " Callum Rhys Duncan Alistair Nigel Stuart"
        ),
        words(
            "Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Robinson Wright Thompson Evans Walker"
            " White Roberts Green Hall Wood Jackson Clarke Khan Hughes Edwards Lewis Scott MacDonald O'Brien"
        ),
        places(
            "SW1A 1AA|London,E1 6AN|London,M1 1AE|Manchester,B1 1AA|Birmingham,EH1 1YZ|Edinburgh,G1 1XQ|Glasgow,"
            "BS1 4DJ|Bristol,LS1 1UR|Leeds,CF10 1EP|Cardiff"
        ),
        ("post.example", "letterbox.example"),
    ),
)
