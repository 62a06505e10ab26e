from django.urls import path

from customers.views import demo

urlpatterns = [
    path("demo/", demo.demo_front, name="demo_front"),
    path("demo/products/<str:sku>/", demo.demo_product, name="demo_product"),
    path("demo/pictures/<str:sku>.svg", demo.demo_picture, name="demo_picture"),
]
