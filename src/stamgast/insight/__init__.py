"""Stamgast's calculations as a library: tables in, tables out; knows no Django."""
