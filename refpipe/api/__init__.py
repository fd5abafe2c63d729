"""The HTTP face: the analysis service.

Belongs here: routes, documents as they travel, limits and errors of HTTP, and concurrent requests brought together for
one model. Does not: any rule of the trade, any measuring (domain, services, backends).
"""
