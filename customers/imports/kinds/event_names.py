"""What a file calls the things that people do: our own words, those of the tracking API, of GA4, and German ones."""

from customers.imports.columns import plain_name
from customers.models import Event
from customers.tracking.names import Meaning, meaning

Kind = Event.Kind
SUBJECTS = (Kind.VIEW, Kind.FAVOURITE, Kind.UNFAVOURITE, Kind.CART_ADD, Kind.CART_REMOVE)
WORDS = {
    Kind.VIEW: "view_item produkt_angesehen artikel_angesehen angesehen produktansicht ansicht",
    Kind.SEARCH: "view_search_results suche gesucht",
    Kind.FAVOURITE: "add_to_wishlist favorit gemerkt merkliste auf_die_merkliste",
    Kind.UNFAVOURITE: "remove_from_wishlist von_der_merkliste",
    Kind.CART_ADD: "add_to_cart in_den_warenkorb warenkorb_hinzugefügt in_den_warenkorb_gelegt",
    Kind.CART_REMOVE: "remove_from_cart aus_dem_warenkorb warenkorb_entfernt",
    Kind.CART: "view_cart warenkorb warenkorb_angesehen",
    Kind.CHECKOUT: "begin_checkout kasse zur_kasse",
    Kind.ORDER: "purchase bestellung kauf gekauft bestellt",
    Kind.REFUND: "erstattung rückgabe retoure",
    Kind.COUPON: "select_promotion gutschein gutschein_eingelöst",
    Kind.VISIT: "besuch filialbesuch ladenbesuch",
    Kind.OPEN: "session_start app_geöffnet app_start",
    Kind.PAGE: "page_view pageview seite seitenaufruf seite_angesehen",
    Kind.SCREEN: "screen_view app_seite",
}
KNOWN = {plain_name(kind): kind for kind in Kind if kind != Kind.CUSTOM} | {
    plain_name(word): kind for kind, words in WORDS.items() for word in words.split()
}


def of(name: str) -> Meaning:
    """What a name means; another one is an event of its own."""
    kind = KNOWN.get(plain_name(name))
    return meaning(name) if kind is None else Meaning(kind, subject=kind in SUBJECTS)
