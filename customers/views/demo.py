"""The demo shop's pictures and product pages, so that links in its messages lead somewhere."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from customers import demo_shop
from customers.demo import pictures
from customers.models import Product


@require_safe
@cache_control(public=True, max_age=86400)
def demo_picture(request: HttpRequest, sku: str) -> HttpResponse:
    drawing = pictures.svg(sku)
    if drawing is None:
        raise Http404
    return HttpResponse(drawing, content_type="image/svg+xml")


@require_safe
def demo_product(request: HttpRequest, sku: str) -> HttpResponse:
    if not demo_shop.exists():
        raise Http404
    product = get_object_or_404(Product.objects.select_related("category"), sku=sku)
    name = product.name_in(get_language() or "en")
    return render(request, "customers/demo/product.html", {"product": product, "name": name})


@require_safe
def demo_front(request: HttpRequest) -> HttpResponse:
    if not demo_shop.exists():
        raise Http404
    products = Product.objects.filter(kind=Product.Kind.MERCHANDISE, stock__gt=0).order_by(
        "-created_at", "pk"
    )
    return render(request, "customers/demo/front.html", {"products": products[:24]})
