"""A colleague's own browser, as its script hands it over."""

from django import forms

from channels.push import services


class BrowserForm(forms.Form):
    endpoint = forms.CharField(max_length=services.LONGEST)
    p256dh = forms.CharField(max_length=100)
    auth = forms.CharField(max_length=40)
    public = forms.CharField(max_length=100)
