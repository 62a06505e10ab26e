from django.urls import path

from loyalty.views import books

urlpatterns = [
    path("settings/books/", books.books_page, name="books"),
    path("settings/books/check/", books.books_check, name="books_check"),
]
