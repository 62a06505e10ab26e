"""What every page of ours is made of.

A list is a `listing.ListPage` with a table (`tables.ListTable`), a django-filter FilterSet and a queryset; see
`docs/extending.md`, "A list page". `{% load ui %}` brings the components to templates: badge, figure, field,
stepper, progress, bar_chart, time_series, and the filters money, number, percent, moment, day, zone.
`confirm.ask` asks before what cannot be taken back, `progress.respond` answers the polling of a job's fragment.
`navigation` is the menu, `search` the search box, `today` the start page: apps add to each by a file of their own.
"""
