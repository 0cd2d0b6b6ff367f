"""Applicant organisations (项目主体): who may declare a project and where the money would go."""
