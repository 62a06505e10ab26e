"""What Kaufhaus Linden sells: the tree of departments and, per shelf, the kinds of article with their prices."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Shelf:
    """A leaf of the category tree: (de, en) names of department and shelf, the drawing, and its articles.

    Each article is (German name, English name, price in cents). `margin` is the share of the price kept, in percent.
    """

    department: tuple[str, str]
    name: tuple[str, str]
    drawing: str
    margin: int
    articles: tuple[tuple[str, str, int], ...]


def articles(text: str) -> tuple[tuple[str, str, int], ...]:
    rows = (line.strip().rsplit(" ", 1) for line in text.strip().splitlines())
    return tuple((*(name.strip() for name in names.split("/")), int(price)) for names, price in rows)  # type: ignore[misc]


WOMEN, MEN, CHILDREN = ("Damen", "Women"), ("Herren", "Men"), ("Kinder", "Children")
HOME, TABLE, PAPER = ("Wohnen", "Home"), ("Küche & Tafel", "Kitchen & Table"), ("Papeterie", "Stationery")
TOYS, BEAUTY, FOOD, SPORT = (
    ("Spielwaren", "Toys"),
    ("Parfümerie", "Beauty"),
    ("Feinkost", "Fine Food"),
    ("Sport", "Sports"),
)

SHELVES = (
    Shelf(WOMEN, ("Strick", "Knitwear"), "top", 58, articles("""
        Pullover aus Merinowolle / Merino jumper 8995
        Strickjacke mit Zopfmuster / Cable-knit cardigan 9995
        Rollkragenpullover / Roll-neck jumper 7995
        Pullunder / Knitted vest 5995""")),
    Shelf(WOMEN, ("Kleider", "Dresses"), "dress", 60, articles("""
        Leinenkleid / Linen dress 11995
        Wickelkleid / Wrap dress 9995
        Hemdblusenkleid / Shirt dress 8995""")),
    Shelf(WOMEN, ("Taschen", "Bags"), "bag", 62, articles("""
        Schultertasche aus Leder / Leather shoulder bag 14995
        Shopper aus Canvas / Canvas tote 4995
        Abendtasche / Evening clutch 6995""")),
    Shelf(WOMEN, ("Schuhe", "Shoes"), "shoe", 52, articles("""
        Loafer aus Wildleder / Suede loafers 11995
        Stiefelette / Ankle boots 13995
        Ballerina / Ballet flats 7995""")),
    Shelf(MEN, ("Hemden", "Shirts"), "top", 57, articles("""
        Oxfordhemd / Oxford shirt 6995
        Flanellhemd / Flannel shirt 5995
        Bügelfreies Businesshemd / Non-iron business shirt 7995""")),
    Shelf(MEN, ("Strick", "Knitwear"), "top", 58, articles("""
        Troyer / Half-zip jumper 8995
        Rundhalspullover / Crew-neck jumper 6995
        Kaschmirschal / Cashmere scarf 7995""")),
    Shelf(MEN, ("Schuhe", "Shoes"), "shoe", 50, articles("""
        Rahmengenähter Derby / Welted derby shoes 18995
        Sneaker aus Leder / Leather trainers 9995
        Chelsea-Boot / Chelsea boots 15995""")),
    Shelf(CHILDREN, ("Baby", "Baby"), "top", 54, articles("""
        Strampler aus Bio-Baumwolle / Organic cotton romper 2495
        Schlafsack / Sleeping bag 3995
        Strickmütze / Knitted hat 1495""")),
    Shelf(CHILDREN, ("Schule", "School"), "bag", 45, articles("""
        Schulranzen / School satchel 19995
        Turnbeutel / Gym bag 1995
        Brotdose / Lunch box 1495""")),
    Shelf(HOME, ("Bettwäsche", "Bed linen"), "pillow", 56, articles("""
        Bettwäsche aus Perkal / Percale bed set 7995
        Bettwäsche aus Leinen / Linen bed set 15995
        Spannbettlaken / Fitted sheet 2995
        Kissenbezug / Pillowcase 1995""")),
    Shelf(HOME, ("Bad", "Bathroom"), "towel", 55, articles("""
        Duschtuch / Bath towel 2495
        Handtuch-Set / Hand towel set 3495
        Bademantel / Bathrobe 7995""")),
    Shelf(HOME, ("Licht", "Lighting"), "lamp", 50, articles("""
        Tischleuchte / Table lamp 8995
        Stehleuchte / Floor lamp 17995
        Windlicht / Lantern 2995""")),
    Shelf(HOME, ("Dekoration", "Decoration"), "vase", 63, articles("""
        Vase aus Steinzeug / Stoneware vase 3995
        Kerze / Scented candle 1995
        Bilderrahmen / Picture frame 1695
        Wolldecke / Wool throw 9995""")),
    Shelf(TABLE, ("Geschirr", "Tableware"), "cup", 53, articles("""
        Becher / Mug 1295
        Suppenteller / Soup plate 1495
        Müslischale / Cereal bowl 1395
        Teekanne / Teapot 4995""")),
    Shelf(TABLE, ("Kochen", "Cooking"), "pot", 44, articles("""
        Bräter aus Gusseisen / Cast-iron casserole 19995
        Pfanne / Frying pan 6995
        Kochmesser / Chef's knife 8995
        Schneidebrett aus Eiche / Oak cutting board 3995""")),
    Shelf(TABLE, ("Kaffee & Tee", "Coffee & tea"), "cup", 46, articles("""
        Espressokocher / Stovetop espresso maker 3495
        Handfilter aus Porzellan / Porcelain dripper 2495
        Kaffeemühle / Coffee grinder 12995""")),
    Shelf(PAPER, ("Notizbücher", "Notebooks"), "book", 60, articles("""
        Notizbuch A5 / Notebook A5 1695
        Kalender / Diary 2195
        Skizzenbuch / Sketchbook 1995""")),
    Shelf(PAPER, ("Schreiben", "Writing"), "pen", 55, articles("""
        Füllfederhalter / Fountain pen 7995
        Tintenroller / Rollerball 2995
        Buntstifte / Coloured pencils 2495""")),
    Shelf(TOYS, ("Spiele", "Games"), "blocks", 42, articles("""
        Brettspiel / Board game 3495
        Puzzle 1000 Teile / Jigsaw, 1000 pieces 1795
        Kartenspiel / Card game 995""")),
    Shelf(TOYS, ("Holzspielzeug", "Wooden toys"), "blocks", 48, articles("""
        Bauklötze / Building blocks 3995
        Holzeisenbahn / Wooden train 5995
        Steckpuzzle / Peg puzzle 1995""")),
    Shelf(TOYS, ("Kuscheltiere", "Soft toys"), "bear", 57, articles("""
        Teddybär / Teddy bear 3495
        Hase / Rabbit 2995
        Fuchs / Fox 2795""")),
    Shelf(BEAUTY, ("Pflege", "Skincare"), "bottle", 50, articles("""
        Handcreme / Hand cream 1295
        Gesichtsöl / Face oil 3495
        Duschgel / Shower gel 895
        Shampoo / Shampoo 1195""")),
    Shelf(BEAUTY, ("Duft", "Fragrance"), "bottle", 45, articles("""
        Eau de Parfum / Eau de parfum 8995
        Eau de Cologne / Eau de cologne 5495
        Raumduft / Room fragrance 3995""")),
    Shelf(FOOD, ("Kaffee", "Coffee"), "bean", 38, articles("""
        Espressobohnen 500 g / Espresso beans 500 g 1495
        Filterkaffee 250 g / Filter coffee 250 g 895""")),
    Shelf(FOOD, ("Süßes", "Sweets"), "box", 44, articles("""
        Pralinen / Chocolates 2495
        Fruchtaufstrich / Fruit spread 695
        Nougat / Nougat 895""")),
    Shelf(FOOD, ("Vorrat", "Pantry"), "bottle", 40, articles("""
        Olivenöl 500 ml / Olive oil 500 ml 1695
        Balsamessig / Balsamic vinegar 1295
        Teemischung / Tea blend 995""")),
    Shelf(SPORT, ("Yoga", "Yoga"), "roll", 51, articles("""
        Yogamatte / Yoga mat 5995
        Yogablock aus Kork / Cork yoga block 1995""")),
    Shelf(SPORT, ("Wandern", "Hiking"), "bag", 47, articles("""
        Tagesrucksack / Day pack 8995
        Trinkflasche / Water bottle 2495
        Wandersocken / Hiking socks 1995""")),
)  # fmt: skip

# Invented names; the first of each department is the house's own.
BRANDS = {
    WOMEN: ("Lindenhaus", "Velmora", "Tildis & Rau"),
    MEN: ("Lindenhaus", "Harmsen Brok", "Nordkamm"),
    CHILDREN: ("Lindenkind", "Wuselbär"),
    HOME: ("Lindenhaus", "Stillwerk", "Federnau"),
    TABLE: ("Lindentisch", "Brenntal", "Kellmann & Sohr"),
    PAPER: ("Lindenpost", "Tintwerk"),
    TOYS: ("Lindenkind", "Klotzig", "Wuselbär"),
    BEAUTY: ("Lindenblüte", "Aurelis Bad"),
    FOOD: ("Lindenküche", "Röstgut Weser", "Öhlmanns"),
    SPORT: ("Lindenlauf", "Kammweg"),
}
SERIES = ("Leine", "Ihme", "Aller", "Oker", "Deister", "Harz", "Elm", "Solling")
COLOURS = (
    ("Salbei", "sage", "#9caf88"),
    ("Nachtblau", "midnight", "#27374d"),
    ("Terrakotta", "terracotta", "#c66b3d"),
    ("Sand", "sand", "#d8c3a5"),
    ("Beere", "berry", "#8e3b5e"),
    ("Petrol", "petrol", "#0f766e"),
    ("Senf", "mustard", "#d4a017"),
    ("Anthrazit", "charcoal", "#4a4e57"),
    ("Rosé", "blush", "#e3b7b1"),
    ("Weiß", "white", "#ffffff"),
)
